#include "node/state.h"

namespace kvbus::node {
namespace {

std::string_view name_of(raft::RoleKind kind) {
    switch (kind) {
        case raft::RoleKind::follower:
            return "follower";
        case raft::RoleKind::pre_candidate:
        case raft::RoleKind::candidate:
            return "candidate";
        case raft::RoleKind::leader:
            return "leader";
    }
    return "unknown";
}

}  // namespace

wire::NodeStatus Node::State::status(Instant now) const {
    const auto raft = core.status();
    const auto disk = ports.disk.usage();
    const auto process = config.process_usage ? config.process_usage() : ProcessUsage{};
    return {
        .name = config.name,
        .version = KVBUS_VERSION,
        .role = std::string(name_of(role.kind)),
        .commit = raft.commit.value,
        .applied = applied.index.value,
        .last = raft.last.value,
        .durable = raft.durable.value,
        .state_hash = machine.state_hash(),
        .keys = machine.key_count(),
        .bytes = machine.bytes(),
        .sessions = machine.session_count(),
        .disk_bytes = disk.bytes,
        .disk_free_bytes = disk.free_bytes,
        .cpu_us = process.cpu_us,
        .rss_peak_bytes = process.rss_peak_bytes,
        .uptime_ms = static_cast<std::uint64_t>(to_milliseconds(now - started)),
        .writes_applied = counters.writes_applied,
        .reads_served = counters.reads_served,
        .bad_client_frames = counters.bad_client_frames,
        .bad_peer_frames = counters.bad_peer_frames,
        .elections = counters.elections,
        .disk_syncs = disk.syncs,
        .log_entries = counters.log_entries,
        .loop_turns = counters.turns,
        .client_frames_in = counters.client_frames_in,
        .client_frames_out = counters.client_frames_out,
        .peer_frames_in = counters.peer_frames_in,
        .peer_frames_out = counters.peer_frames_out,
        .bad_client_connections = process.bad_client_connections,
        .bad_peer_connections = process.bad_peer_connections,
        .frames_dropped = process.frames_dropped,
        .wake_ups = process.wake_ups,
        .loop_busy_permille = process.loop_busy_permille,
        .history_bytes = machine.history_bytes(),
        .compacted = machine.compacted().value,
        .leases = machine.lease_count(),
        .watches = watches.size(),
        .campaigns = campaigns.size(),
        .log_start = raft.log_start.value,
        .snapshot_index = raft.snapshot.value,
        .snapshot_bytes = taker.last_bytes(),
        .snapshots_installed = counters.snapshots_installed,
        .memory_bytes = machine.memory_bytes(),
        .memory_limit_bytes = config.memory_limit_bytes,
        .alarms = alarms.list(now),
    };
}

}  // namespace kvbus::node
