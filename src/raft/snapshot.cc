#include "raft/snapshot.h"

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::raft {

void wait_for_snapshot(State& state, Progress& follower) {
    sometimes(Sometimes::snapshot_offered);
    follower.wait_for_snapshot();
    offer_snapshot(state, follower);
}

// Also what it installed itself is held by this node, and whoever took it may be gone for good.
void offer_snapshot(State& state, const Progress& follower) {
    KV_CHECK(state.snapshot, "a log was cut that no snapshot covers");
    SnapshotMeta snapshot = *state.snapshot;
    snapshot.holder = state.config.self;
    state.send_to(follower.id(), InstallSnapshot{std::move(snapshot)});
}

void compact(State& state, const SnapshotMeta& snapshot, EntryId log_start) {
    if (state.snapshot && snapshot.last.index < state.snapshot->last.index) return;  // installed meanwhile
    KV_CHECK(log_start.index <= snapshot.last.index && snapshot.last.index <= state.applied,
             "a snapshot covers what is gone from the log, and nothing that was not applied");
    state.snapshot = snapshot;
    if (log_start.index > state.log_start.index) state.log_start = log_start;
    if (!state.leadership) return;
    const auto waits = [](const Progress& follower) { return follower.pace() == Pace::snapshot; };
    if (std::ranges::any_of(state.leadership->followers, waits))
        sometimes(Sometimes::newer_snapshot_offered);  // with the next heartbeat
}

// "If existing log entry has same index and term as snapshot's last included entry, retain log entries
// following it and reply. Discard the entire log. Reset state machine using snapshot contents" (Figure 13).
bool install_snapshot(State& state, const SnapshotMeta& snapshot) {
    const bool goes_on = snapshot.last.index > state.commit || mutated(Mutant::install_goes_back);
    if (state.leadership || !goes_on) {
        sometimes(Sometimes::install_superseded);
        return false;
    }
    sometimes(Sometimes::snapshot_installed);
    const bool keeps_log = state.log.install(snapshot.last, state.commit);
    state.commit = state.applied = snapshot.last.index;
    state.membership = snapshot.membership;
    state.snapshot = snapshot;
    state.log_start = snapshot.last;
    state.install = Write::Install{snapshot, keeps_log};
    if (!state.leader) return true;
    const AppendReply reply{true, snapshot.last.index, {}};
    if (mutated(Mutant::snapshot_acknowledged_before_install_is_durable)) {
        state.send_to(state.leader, reply);
    } else {
        state.promise_to(state.leader, reply);
    }
    return true;
}

std::optional<SnapshotMeta> take_offer(State& state) {
    std::optional<SnapshotMeta> offer = std::exchange(state.offer, std::nullopt);
    if (offer && offer->last.index <= state.commit) offer.reset();
    return offer;
}

}  // namespace kvbus::raft
