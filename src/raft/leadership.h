// What a leader does by the clock: heartbeats and CheckQuorum. And how it begins.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

void become_leader(State& state);

// Sends heartbeats when they are due; steps down when no quorum was heard for an election timeout
// (thesis 6.2).
void lead_by_clock(State& state);
[[nodiscard]] Instant leader_deadline(const State& state);

// Every message of a follower in the current term counts as a sign of life.
[[nodiscard]] Progress* follower(State& state, NodeId id);  // none when not leading
void follower_lost(State& state, NodeId id);

void send_heartbeat(State& state, Progress& follower);

}  // namespace kvbus::raft
