// What kvd is told: flags, KVD_… environment variables and a TOML file, in that order of precedence, checked
// and turned into values. Every name in it is a flag's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/log.h"
#include "base/time.h"
#include "machine/machine.h"
#include "node/snapshot_policy.h"

namespace kvbus::kvd {

struct Config {
    std::string name;
    std::filesystem::path data_dir;
    std::string listen_client;  // tcp://ADDRESS:PORT
    std::string listen_peer;
    std::string listen_http;  // HOST:PORT; empty: none
    std::string advertise_client;
    std::string advertise_peer;
    std::vector<Member> members;  // of --initial-cluster, sorted by name; ids derived from it
    ClusterId
        cluster;  // derived from --initial-cluster and --initial-cluster-token; a restored one has its own
    NodeId self;
    Duration heartbeat_interval{};
    Duration election_timeout{};  // the shortest; the longest is twice that
    Duration request_timeout{};
    std::uint64_t disk_free_bytes_min = 0;
    std::uint64_t memory_limit_bytes = 0;  // 0: none
    machine::HistoryLimits history;
    node::SnapshotPolicy snapshots;
    std::size_t txn_operations_max = 0;
    int io_threads = 1;
    LogLevel log_level = LogLevel::info;
};

// What the command line asks for, before it is checked: all values as written.
struct Flags {
    std::string name = "n1";
    std::string data_dir;  // default: NAME.kvbus
    std::string listen_client = "tcp://127.0.0.1:4370";
    std::string listen_peer = "tcp://127.0.0.1:4371";
    std::string listen_http;       // HOST:PORT; default: none
    std::string advertise_client;  // default: what it listens on
    std::string advertise_peer;
    std::string initial_cluster;  // default: this node alone
    std::string initial_cluster_token = "kvbus";
    std::string heartbeat_interval = "50ms";
    std::string election_timeout = "500ms";
    std::string request_timeout = "5s";
    std::string disk_free_min = "64MiB";
    std::string memory_limit = "75%";
    std::string history_bytes = "128MiB";
    std::string history_revisions = "0";
    std::string history_age = "0s";
    std::string snapshot_log_bytes = "64MiB";
    std::string snapshot_log_percent = "50";
    std::string snapshot_log_kept = "16MiB";
    std::string max_txn_ops = "128";
    std::string io_threads = "1";
    std::string log_level = "info";
};

// invalid_argument, with the flag, what it was given and what it takes.
[[nodiscard]] Result<Config> check(const Flags& flags);

// "50ms", "5s", "2m", "24h". "64MiB", "1GiB", plain bytes.
[[nodiscard]] Result<Duration> parse_duration(const std::string& text);
[[nodiscard]] Result<std::uint64_t> parse_bytes(const std::string& text);
// A size, or "75%" of what the machine gives; 0 is none, as is a part of what the system does not tell.
[[nodiscard]] Result<std::uint64_t> parse_memory_limit(const std::string& text,
                                                       std::optional<std::uint64_t> machine_memory);

}  // namespace kvbus::kvd
