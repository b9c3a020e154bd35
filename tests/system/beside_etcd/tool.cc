#include "system/beside_etcd/tool.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <regex>
#include <string_view>

#include <signal.h>

#include "system/harness/wait.h"

namespace kvbus::beside_etcd {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
}

std::uint64_t from_hex(const std::string& text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return number;
}

std::string to_hex(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

}  // namespace

// The shell makes words of the text, behind those that we give it.
harness::CommandLine Tool::shell(const std::string& text, const std::string& form) const {
    harness::CommandLine command{{"/bin/bash", "-c", "exec \"$@\" " + text, "bash"}, {"ETCDCTL_API=3"}};
    command.arguments.insert(command.arguments.end(), words_.begin(), words_.end());
    command.arguments.insert(command.arguments.end(), {"-w", form});
    for (const auto& [name, lease] : leases_)
        command.environment.push_back(name + "=" + lease);
    return command;
}

Answer Tool::run(const CommandLine& line, const std::string& form) {
    if (!line.lines_wanted.empty()) return run_until(line, form);
    auto input = line.input;
    for (const auto& [name, lease] : leases_)
        replace_all(input, "$" + name, lease);
    const auto finished = harness::run(shell(line.text, form), harness::patience, input);
    if (!line.variable.empty()) remember(line.variable, finished.out);
    return {without_ids(finished.out), !finished.err.empty(), finished.status()};
}

Answer Tool::run_until(const CommandLine& line, const std::string& form) const {
    const auto wanted = line.lines_wanted.at(form);
    if (wanted == 0) return {};
    const auto file = dir_ / (name_ + ".out");
    harness::write_file(file, "");
    harness::Process process(shell(line.text, form), file);
    harness::wait_for(name_ + " to print " + std::to_string(wanted) + " lines", harness::patience, [&] {
        const auto out = harness::read_file(file);
        return std::ranges::count(out, '\n') >= wanted ? "" : "it has printed: " + out;
    });
    const auto out = harness::read_file(file);  // without what it says about being interrupted
    process.signal(SIGINT);
    process.wait(harness::patience);
    return {without_ids(out)};
}

void Tool::remember(const std::string& variable, const std::string& out) {
    static const std::regex simple("lease ([0-9a-f]{16}) "), json("\"ID\":(\\d+)");
    std::smatch parts;
    if (std::regex_search(out, parts, simple)) {
        leases_[variable] = parts[1];
    } else if (std::regex_search(out, parts, json)) {
        leases_[variable] = to_hex(std::stoull(parts[1]));
    } else {
        throw harness::Failure(name_ + " prints no lease id: " + out);
    }
}

std::string Tool::without_ids(std::string out) const {
    static const std::regex ids("\"(cluster_id|member_id|raft_term)\":\\d+"), left("remaining\\(\\d+s\\)"),
        left_in_json("\"ttl\":\\d+"), place_in_line("/[0-9a-f]{8,16}\n");
    for (const auto& [name, lease] : leases_) {
        replace_all(out, lease, "$" + name);
        replace_all(out, std::to_string(from_hex(lease)), "$" + name);
    }
    out = std::regex_replace(out, ids, "\"$1\":N");
    out = std::regex_replace(out, left, "remaining(N)");
    out = std::regex_replace(out, place_in_line, "/N\n");
    return std::regex_replace(out, left_in_json, "\"ttl\":N");
}

Etcd::Etcd(const harness::TestDir& dir, const std::string& program) {
    const auto http = [](const harness::Port& port) {
        return "http://127.0.0.1:" + std::to_string(port.number());
    };
    process_ = std::make_unique<harness::Process>(
        harness::CommandLine{{program, "--data-dir", dir / "etcd", "--listen-client-urls", http(client_),
                              "--advertise-client-urls", http(client_), "--listen-peer-urls", http(peer_),
                              "--initial-advertise-peer-urls", http(peer_), "--initial-cluster",
                              "default=" + http(peer_), "--logger", "zap", "--log-level", "warn"}},
        dir / "etcd.log");
}

std::string Etcd::endpoint() const {
    return "127.0.0.1:" + std::to_string(client_.number());
}

}  // namespace kvbus::beside_etcd
