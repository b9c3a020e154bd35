// Snapshots (7): a leader offers one to followers that need what is gone from its log; a follower that has
// fetched the bytes takes it in place of its log.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

// While leading.
void wait_for_snapshot(State& state, Progress& follower);  // what it needs next is gone
void offer_snapshot(State& state, const Progress& follower);

void compact(State& state, const SnapshotMeta& snapshot, EntryId log_start);

[[nodiscard]] bool install_snapshot(State& state, const SnapshotMeta& snapshot);
[[nodiscard]] std::optional<SnapshotMeta> take_offer(State& state);

}  // namespace kvbus::raft
