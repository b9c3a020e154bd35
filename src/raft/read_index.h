// Linearizable reads without the log (thesis 6.4): the leader notes its commit index, proves with one round
// of heartbeats that it still leads, and any node may then answer from its own map once it has applied that
// far.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

[[nodiscard]] Result<ReadId> start_read(State& state);

void handle_read_request(State& state, NodeId from, const ReadRequest& request);
void handle_read_reply(State& state, NodeId from, const ReadReply& reply);

// While leading. Starts a round for all reads that wait, unless one is under way; true when heartbeats must
// go out.
bool start_read_round(State& state);
void confirm_reads(State& state);  // grants the round's reads once a quorum has answered it

}  // namespace kvbus::raft
