// The receiving end of replication: what a follower does with its leader's entries, heartbeats and offers.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

// In the current term.
void handle_append(State& state, NodeId from, const Append& append);
void handle_heartbeat(State& state, NodeId from, const Heartbeat& heartbeat);
void handle_install_snapshot(State& state, NodeId from, const InstallSnapshot& request);

}  // namespace kvbus::raft
