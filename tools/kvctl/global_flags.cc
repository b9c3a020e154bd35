#include "kvctl/global_flags.h"

#include <sstream>

#include <CLI/CLI.hpp>

#include "kvctl/go_duration.h"

namespace kvbus::kvctl {
namespace {

// Also takes HOST:PORT, as etcdctl does.
std::vector<std::string> split_endpoints(const std::string& list) {
    std::vector<std::string> endpoints;
    std::istringstream stream(list);
    for (std::string endpoint; std::getline(stream, endpoint, ',');) {
        const auto first = endpoint.find_first_not_of(' ');
        if (first == std::string::npos) continue;
        endpoint = endpoint.substr(first, endpoint.find_last_not_of(' ') - first + 1);
        if (endpoint.find("://") == std::string::npos) endpoint.insert(0, "tcp://");
        endpoints.push_back(endpoint);
    }
    return endpoints;
}

Result<Duration> timeout_flag(const std::string& name, const std::string& text) {
    const std::optional<Duration> timeout = parse_duration(text);
    if (timeout && *timeout >= std::chrono::milliseconds{1} && *timeout <= std::chrono::minutes{1})
        return *timeout;
    return Error{Code::invalid_argument,
                 name + ": \"" + text + "\" is not a duration between 1ms and 60s, as in 500ms or 5s"};
}

}  // namespace

void add_global_flags(CLI::App& app, GlobalFlags& flags) {
    const std::string group = "Global options";
    app.add_option("--endpoints", flags.endpoints, "Nodes to talk to, tcp://HOST:PORT[,…]")
        ->envname("KVCTL_ENDPOINTS")
        ->capture_default_str()
        ->take_last()
        ->group(group);
    app.add_option("--dial-timeout", flags.dial_timeout,
                   "How long to wait for a first connection, 1ms to 60s")
        ->envname("KVCTL_DIAL_TIMEOUT")
        ->capture_default_str()
        ->take_last()
        ->group(group);
    app.add_option("--command-timeout", flags.command_timeout, "How long a command may take, 1ms to 60s")
        ->envname("KVCTL_COMMAND_TIMEOUT")
        ->capture_default_str()
        ->take_last()
        ->group(group);
    app.add_option("-w,--write-out", flags.write_out,
                   "Output format: simple, table, json, fields, or jsonl: JSON lines, for streams")
        ->envname("KVCTL_WRITE_OUT")
        ->capture_default_str()
        ->take_last()
        ->group(group);
    app.add_flag("--text", flags.text,
                 "Print keys and values in JSON as text where they are UTF-8, not in base64")
        ->envname("KVCTL_TEXT")
        ->group(group);
    app.add_flag("--hex", flags.hex, "Print keys and values as \\xNN")->envname("KVCTL_HEX")->group(group);
}

std::vector<std::string> global_words(const Globals& globals) {
    std::string endpoints;
    for (const std::string& endpoint : globals.endpoints)
        endpoints += (endpoints.empty() ? "" : ",") + endpoint;
    std::vector<std::string> words{"--endpoints",       endpoints,
                                   "--dial-timeout",    format_duration(globals.dial_timeout),
                                   "--command-timeout", format_duration(globals.timeout)};
    if (globals.print.chosen)
        words.insert(words.end(), {"--write-out", std::string(name_of(globals.print.format))});
    if (globals.print.hex) words.emplace_back("--hex");
    if (globals.print.text) words.emplace_back("--text");
    return words;
}

Result<Globals> check(const GlobalFlags& flags, bool format_chosen) {
    Globals globals;
    globals.endpoints = split_endpoints(flags.endpoints);
    const Result<Duration> dial_timeout = timeout_flag("--dial-timeout", flags.dial_timeout);
    if (!dial_timeout.ok()) return dial_timeout.error();
    const Result<Duration> timeout = timeout_flag("--command-timeout", flags.command_timeout);
    if (!timeout.ok()) return timeout.error();
    globals.dial_timeout = *dial_timeout;
    globals.timeout = *timeout;
    const std::optional<Format> format = parse_format(flags.write_out);
    if (!format) {
        return Error{Code::invalid_argument, "--write-out: \"" + flags.write_out +
                                                 "\" is no output format; use " + std::string(format_names)};
    }
    globals.print.format = *format;
    globals.print.chosen = format_chosen;
    globals.print.hex = flags.hex;
    globals.print.text = flags.text;
    return globals;
}

}  // namespace kvbus::kvctl
