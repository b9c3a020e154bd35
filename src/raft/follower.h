// The receiving end of replication: what a follower does with its leader's entries and heartbeats.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

// In the current term.
void handle_append(State& state, NodeId from, const Append& append);
void handle_heartbeat(State& state, NodeId from, const Heartbeat& heartbeat);

}  // namespace kvbus::raft
