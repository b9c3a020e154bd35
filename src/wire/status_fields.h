// The fields of a node's status in the order of the wire, for both directions.
#pragma once

#include <cstddef>

namespace kvbus::wire {

constexpr std::size_t status_field_count = 45;

template <class Status, class Visitor>
void visit_status_fields(Status& status, Visitor&& visit) {
    visit(status.name);
    visit(status.version);
    visit(status.role);
    visit(status.commit);
    visit(status.applied);
    visit(status.last);
    visit(status.durable);
    visit(status.state_hash);
    visit(status.keys);
    visit(status.bytes);
    visit(status.sessions);
    visit(status.disk_bytes);
    visit(status.disk_free_bytes);
    visit(status.cpu_us);
    visit(status.rss_peak_bytes);
    visit(status.uptime_ms);
    visit(status.writes_applied);
    visit(status.reads_served);
    visit(status.bad_client_frames);
    visit(status.bad_peer_frames);
    visit(status.elections);
    visit(status.disk_syncs);
    visit(status.log_entries);
    visit(status.loop_turns);
    visit(status.client_frames_in);
    visit(status.client_frames_out);
    visit(status.peer_frames_in);
    visit(status.peer_frames_out);
    visit(status.bad_client_connections);
    visit(status.bad_peer_connections);
    visit(status.frames_dropped);
    visit(status.wake_ups);
    visit(status.loop_busy_permille);
    visit(status.history_bytes);
    visit(status.compacted);
    visit(status.leases);
    visit(status.watches);
    visit(status.campaigns);
    visit(status.log_start);
    visit(status.snapshot_index);
    visit(status.snapshot_bytes);
    visit(status.snapshots_installed);
    visit(status.memory_bytes);
    visit(status.memory_limit_bytes);
    visit(status.alarms);
}

}  // namespace kvbus::wire
