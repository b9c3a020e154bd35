// A node without its I/O: joins the consensus core and the state machine, and turns client requests into
// proposals and reads. Owned by the loop thread. Time is an argument; sockets, disks and clocks are behind
// node/ports.h.
//
// A turn: any number of inputs (frames, disk completions, lost peers), then one call of turn(), which
// proposes the open batch, takes the core's Ready once, and hands out what came of it. Batching falls out of
// that; there are no timers for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "machine/machine.h"
#include "node/ports.h"
#include "node/snapshot_policy.h"
#include "raft/core.h"
#include "wire/client_frames.h"
#include "wire/limits.h"

namespace kvbus::node {

// What the process around the node counts, since its start.
struct ProcessUsage {
    std::uint64_t cpu_us = 0;  // user and system time
    std::uint64_t rss_peak_bytes = 0;
    std::uint64_t wake_ups = 0;                // of all its threads, from waiting
    std::uint64_t bad_client_connections = 0;  // accepted, but they do not speak ZeroMQ, or not yet
    std::uint64_t bad_peer_connections = 0;
    std::uint64_t frames_dropped = 0;      // to clients and peers that are gone or do not keep up
    std::uint64_t loop_busy_permille = 0;  // of the last second or more; 1000: saturated
};

struct Config {
    ClusterId cluster;
    NodeId self;
    ClientId session;  // of this process, random: for writes that it forwards for clients that have none
    std::string name;
    std::string client_url;       // advertised to clients
    std::vector<Member> members;  // all of them, this node included
    raft::Config raft;
    machine::Limits machine;
    std::size_t txn_operations_max =
        wire::limits::txn_operations_max;           // and comparisons, in one list of a transaction
    std::uint64_t in_flight_requests_max = 65'536;  // above them requests are refused as overloaded
    std::uint64_t in_flight_bytes_max = 64 << 20;
    // Those that wait for a change do not count as under way.
    std::uint64_t watches_max = 100'000;
    std::uint64_t watches_bytes_max = 64 << 20;  // of their keys
    std::uint64_t campaigns_max = 100'000;
    Duration request_timeout = std::chrono::seconds{5};  // when the client names none
    Duration request_timeout_max = std::chrono::seconds{60};
    SnapshotPolicy snapshots;
    std::uint64_t disk_free_bytes_min = 64 << 20;  // below it writes are refused that may grow
    std::uint64_t memory_limit_bytes = 0;          // above it the same; 0: none
    std::function<ProcessUsage()> process_usage;   // for status(); optional
};

// What the disk held when the process started: see storage/recovery.h.
struct Boot {
    raft::Boot raft;
    machine::Machine machine{};                        // everything up to raft.base applied
    std::optional<wire::SnapshotManifest> snapshot{};  // the one that counts; raft.snapshot is its meta
    std::uint64_t log_bytes = 0;                       // of the entries after it, up to raft.base
    std::optional<std::string> corrupt{};  // how this node's state differed from the others', before
};

struct Ports {
    Transport& transport;
    Disk& disk;
    Replies& replies;
};

class Node {
  public:
    Node(Config config, Boot boot, Ports ports, Instant now);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // Inputs. Bytes from outside may be anything; what makes no sense is counted and dropped, or answered
    // with an error.
    void client_frame(Instant now, const Route& route, std::string_view body);
    void peer_frame(Instant now, std::string_view bytes);
    void persisted(Instant now, raft::WriteId through);
    void fetched(Instant now, const raft::LogFetch& fetch, std::vector<raft::Entry> entries);
    void peer_lost(Instant now, NodeId peer);
    // What the disk says of snapshots, see ports.h. `log_start`: the entry before the first that is left.
    void published(Instant now, const wire::SnapshotManifest& manifest, raft::EntryId log_start);
    void loaded(Instant now, const wire::SnapshotManifest& manifest, Result<machine::Machine> machine);
    void chunk_read(Instant now, wire::SnapshotChunk chunk);  // without bytes: there is no such chunk

    void turn(Instant now);

    // When turn() must be called at the latest, though nothing comes in.
    [[nodiscard]] Instant deadline() const;

    // Whether the process did not run for so long that what waits to be read may be older than what sessions
    // remember: a copy of a write would be applied again. To be asked before inputs; it must then end, and
    // its connections with it.
    [[nodiscard]] bool stood_still(Instant now) const;

    // True once the node has a leader and has applied what was committed when it learned of it.
    [[nodiscard]] bool serving() const;

    [[nodiscard]] wire::NodeStatus status(Instant now) const;
    [[nodiscard]] std::vector<Alarm> alarms(Instant now) const;
    [[nodiscard]] const machine::Machine& machine() const;
    [[nodiscard]] const raft::Core& core() const;

    // The bus drops what it cannot read before it reaches the node, and counts it here.
    void count_bad_client_frame();
    void count_bad_peer_frame();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::node
