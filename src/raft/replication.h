// The sending end of replication: Appends to followers, their answers, and the commit index that follows from
// them.
#pragma once

#include <span>
#include <vector>

#include "raft/state.h"

namespace kvbus::raft {

constexpr std::size_t append_entries_max = 1024;  // in one Append, beside the limit in bytes

// All of these while leading, in the current term.
void handle_append_reply(State& state, NodeId from, const AppendReply& reply);
void handle_heartbeat_reply(State& state, NodeId from, const HeartbeatReply& reply);
void send_appends(State& state, Progress& follower);  // whatever may go out now
void advance_commit(State& state);

[[nodiscard]] Result<EntryId> append_batches(State& state, std::span<const Blob> batches);

void handle_fetched(State& state, const LogFetch& fetch, std::vector<Entry> entries);

}  // namespace kvbus::raft
