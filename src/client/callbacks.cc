#include "client/callbacks.h"

#include "base/check.h"
#include "client/operations.h"

namespace kvbus::client {
namespace {

PutResult result_for(const Client::OnPut&, wire::Reply& reply) {
    return put_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
DeleteResult result_for(const Client::OnDelete&, wire::Reply& reply) {
    return remove_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
AppendResult result_for(const Client::OnAppend&, wire::Reply& reply) {
    return append_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
IncrementResult result_for(const Client::OnIncrement&, wire::Reply& reply) {
    return increment_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
TxnResult result_for(const Client::OnTxn&, wire::Reply& reply) {
    return txn_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
LeaseResult result_for(const Client::OnLease&, wire::Reply& reply) {
    return lease_result(reply.head.header, std::get<machine::Outcome>(reply.body));
}
Done result_for(const Client::OnDone&, wire::Reply& reply) {
    return {reply.head.header, std::get<machine::Outcome>(reply.body).revision};
}
GetResult result_for(const Client::OnGet&, wire::Reply& reply) {
    return get_result(reply.head.header, std::move(std::get<machine::RangeAnswer>(reply.body)));
}
LeaseStatus result_for(const Client::OnLeaseStatus&, wire::Reply& reply) {
    auto& status = std::get<wire::LeaseStatusReply>(reply.body);
    return {reply.head.header, status.lease, status.granted, status.left, std::move(status.keys)};
}
LeaseList result_for(const Client::OnLeases&, wire::Reply& reply) {
    return {reply.head.header, std::move(std::get<std::vector<LeaseId>>(reply.body))};
}
WatchAnswer result_for(const OnWatchAnswer&, wire::Reply& reply) {
    return {reply.head.header, std::move(std::get<wire::WatchReply>(reply.body))};
}
Candidacy result_for(const Client::OnCampaign&, wire::Reply& reply) {
    return candidacy(reply.head.header, std::get<machine::Outcome>(reply.body));
}
MemberList result_for(const Client::OnMembers&, wire::Reply& reply) {
    return {reply.head.header, std::move(std::get<std::vector<Member>>(reply.body))};
}
SnapshotTaken result_for(const Client::OnSnapshot&, wire::Reply& reply) {
    auto& taken = std::get<wire::SnapshotReply>(reply.body);
    return {reply.head.header, taken.at_least.value, std::move(taken.manifest)};
}
SnapshotChunk result_for(const Client::OnSnapshotChunk&, wire::Reply& reply) {
    auto& chunk = std::get<wire::SnapshotChunkReply>(reply.body);
    return {reply.head.header, chunk.found, std::move(chunk.bytes), chunk.hash};
}

EndpointStatus result_for(const Client::OnStatus&, wire::Reply& reply) {
    auto& status = std::get<wire::NodeStatus>(reply.body);
    EndpointStatus result;
    result.header = reply.head.header;
    result.name = std::move(status.name);
    result.version = std::move(status.version);
    result.role = std::move(status.role);
    result.commit = status.commit;
    result.applied = status.applied;
    result.last = status.last;
    result.durable = status.durable;
    result.state_hash = status.state_hash;
    result.keys = status.keys;
    result.bytes = status.bytes;
    result.sessions = status.sessions;
    result.disk_bytes = status.disk_bytes;
    result.disk_free_bytes = status.disk_free_bytes;
    result.cpu_us = status.cpu_us;
    result.rss_peak_bytes = status.rss_peak_bytes;
    result.uptime_ms = status.uptime_ms;
    result.writes_applied = status.writes_applied;
    result.reads_served = status.reads_served;
    result.bad_client_frames = status.bad_client_frames;
    result.bad_peer_frames = status.bad_peer_frames;
    result.elections = status.elections;
    result.disk_syncs = status.disk_syncs;
    result.log_entries = status.log_entries;
    result.loop_turns = status.loop_turns;
    result.client_frames_in = status.client_frames_in;
    result.client_frames_out = status.client_frames_out;
    result.peer_frames_in = status.peer_frames_in;
    result.peer_frames_out = status.peer_frames_out;
    result.bad_client_connections = status.bad_client_connections;
    result.bad_peer_connections = status.bad_peer_connections;
    result.frames_dropped = status.frames_dropped;
    result.wake_ups = status.wake_ups;
    result.loop_busy_permille = status.loop_busy_permille;
    result.history_bytes = status.history_bytes;
    result.compacted = Revision{status.compacted};
    result.leases = status.leases;
    result.watches = status.watches;
    result.campaigns = status.campaigns;
    result.log_start = status.log_start;
    result.snapshot_index = status.snapshot_index;
    result.snapshot_bytes = status.snapshot_bytes;
    result.snapshots_installed = status.snapshots_installed;
    result.memory_bytes = status.memory_bytes;
    result.memory_limit_bytes = status.memory_limit_bytes;
    result.alarms = std::move(status.alarms);
    return result;
}

}  // namespace

void deliver(Callback callback, Error error) {
    std::visit([&](auto& call) { call(std::move(error)); }, callback);
}

void deliver(Callback callback, wire::Reply reply) {
    if (Error* error = std::get_if<Error>(&reply.body))
        return deliver(std::move(callback), std::move(*error));
    std::visit([&](auto& call) { call(result_for(call, reply)); }, callback);
}

}  // namespace kvbus::client
