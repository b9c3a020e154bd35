#include "kvd/command_line.h"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>
#include <toml++/toml.h>

#include "base/log.h"
#include "kvd/exit_status.h"

namespace kvbus::kvd {
namespace {

struct FlagText {
    const char* name;
    std::string Flags::*value;
    const char* help;
};

constexpr FlagText flag_texts[] = {
    {"name", &Flags::name, "This node's name, unique in the cluster"},
    {"data-dir", &Flags::data_dir, "Where the log is kept; created if missing (default: NAME.kvbus)"},
    {"listen-client", &Flags::listen_client, "Where clients connect"},
    {"listen-peer", &Flags::listen_peer, "Where other nodes connect"},
    {"listen-http", &Flags::listen_http,
     "Where GET /health and GET /version are answered, HOST:PORT (default: nowhere)"},
    {"advertise-client", &Flags::advertise_client,
     "What clients are told to connect to (default: --listen-client)"},
    {"advertise-peer", &Flags::advertise_peer, "What other nodes connect to (default: --listen-peer)"},
    {"initial-cluster", &Flags::initial_cluster,
     "All nodes, NAME=URL,…, the same text on each (default: this node alone)"},
    {"initial-cluster-token", &Flags::initial_cluster_token,
     "Tells clusters apart that have the same members"},
    {"heartbeat-interval", &Flags::heartbeat_interval, "Time between a leader's heartbeats"},
    {"election-timeout", &Flags::election_timeout,
     "Shortest silence of a leader after which others stand for election"},
    {"request-timeout", &Flags::request_timeout, "How long a request may wait when its client does not say"},
    {"disk-free-min", &Flags::disk_free_min, "Free disk space below which writes are refused that may grow"},
    {"memory-limit", &Flags::memory_limit,
     "Memory of the state above which writes are refused that may grow: a size, or a part of what machine or "
     "cgroup gives; 0: no limit"},
    {"history-bytes", &Flags::history_bytes,
     "Memory for the past, above which it is compacted (the leader's counts)"},
    {"history-revisions", &Flags::history_revisions,
     "Revisions of the past to keep; 0: no bound (the leader's counts)"},
    {"history-age", &Flags::history_age, "How long the past is kept; 0s: no bound (the leader's counts)"},
    {"snapshot-log-bytes", &Flags::snapshot_log_bytes,
     "Log since the last snapshot at which one is taken, and the log cut; 0: never"},
    {"snapshot-log-percent", &Flags::snapshot_log_percent,
     "And at the least so many percent of the last snapshot's size"},
    {"snapshot-log-kept", &Flags::snapshot_log_kept,
     "Log to keep behind a snapshot, for nodes that are not far behind"},
    {"max-txn-ops", &Flags::max_txn_ops, "Comparisons or operations in one list of a transaction"},
    {"io-threads", &Flags::io_threads, "ZeroMQ I/O threads"},
    {"log-level", &Flags::log_level, "debug, info, warn or error"},
};

std::string env_name(std::string flag) {
    std::ranges::transform(flag, flag.begin(),
                           [](char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    return "KVD_" + flag;
}

// A flag that neither the command line nor the environment gave takes its value from the file.
void read_file(CLI::App& app, const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        std::ostringstream where;
        where << error.source().begin;
        throw CLI::ValidationError("--config",
                                   path + ": " + std::string(error.description()) + " (" + where.str() + ")");
    }
    for (const auto& [key, node] : table) {
        auto* option = app.get_option_no_throw("--" + std::string(key.str()));
        const bool known =
            std::ranges::any_of(flag_texts, [&](const auto& flag) { return key.str() == flag.name; });
        if (option == nullptr || !known)
            throw CLI::ValidationError("--config", path + ": unknown key '" + std::string(key.str()) +
                                                       "'; keys are the names of kvd's flags");
        if (option->count() > 0) continue;
        if (const auto text = node.value<std::string>()) {
            option->add_result(*text);
        } else if (const auto number = node.value<std::int64_t>()) {
            option->add_result(std::to_string(*number));
        } else {
            throw CLI::ValidationError(
                "--config", path + ": '" + std::string(key.str()) + "' takes a string or a number");
        }
        option->run_callback();
    }
}

}  // namespace

std::variant<CommandLine, Exit> parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    CLI::App app{
        "kvd: a node of a kvbus cluster, a replicated key-value store. Alone it is a cluster of one."};
    app.set_version_flag("--version", "kvd " KVBUS_VERSION);
    app.footer(
        "Every flag can also be set as KVD_… in the environment (KVD_DATA_DIR), or in the TOML file of "
        "--config.\n"
        "Example: kvd --name n1 --data-dir /var/lib/kvbus\n"
        "         kvd dev            (three nodes on this machine, for trying things out)");
    for (const auto& flag : flag_texts) {
        auto& value = line.flags.*flag.value;
        auto* option =
            app.add_option("--" + std::string(flag.name), value, flag.help)->envname(env_name(flag.name));
        if (!value.empty()) option->capture_default_str();
    }
    std::string config_path;
    app.add_option("--config", config_path, "TOML file with flags' names as keys")->envname("KVD_CONFIG");
    bool check_only = false;
    app.add_flag("--check-config", check_only, "Check flags and file, say what is wrong, and end");

    auto* dev = app.add_subcommand("dev", "Run a whole local cluster until Ctrl-C");
    dev->add_option("--nodes", line.dev.nodes, "Nodes")->check(CLI::Range(1, 9))->capture_default_str();
    dev->add_option("--base-port", line.dev.base_port, "First port; node i takes BASE+10*i and the next one")
        ->check(CLI::Range(1024, 65000))
        ->capture_default_str();
    dev->add_option("--data-dir", line.dev.data_dir,
                    "Keep the data here (default: temporary, removed at the end)");

    try {
        app.parse(argc, argv);
        if (!config_path.empty()) read_file(app, config_path);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return Exit{exit_ok};
    } catch (const CLI::CallForVersion& version) {
        std::puts(version.what());
        return Exit{exit_ok};
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "%skvd: %s; see kvd --help\n", journal_priority(LogLevel::error), error.what());
        return Exit{exit_arguments};
    }
    if (dev->parsed()) line.task = Task::dev;
    if (check_only) line.task = Task::check_config;
    return line;
}

}  // namespace kvbus::kvd
