#include "raft/leadership.h"

#include "base/mutant.h"
#include "base/sometimes.h"
#include "raft/election.h"
#include "raft/snapshot.h"

namespace kvbus::raft {
namespace {

Instant quorum_deadline(const State& state) {
    const Instant heard = reached_by_majority(state.membership, [&](NodeId voter) {
        if (voter == state.config.self) return state.now;
        return std::ranges::find(state.leadership->followers, voter, &Progress::id)->heard();
    });
    return heard + state.config.election_timeout_min;
}

}  // namespace

void become_leader(State& state) {
    state.kind = RoleKind::leader;
    state.leader = state.config.self;
    state.election.lost_leader = NodeId{};
    state.election.hurry_until = Instant{};

    Leadership& leadership = state.leadership.emplace();
    leadership.heartbeat_due = state.now + state.config.heartbeat_interval;
    leadership.uncommitted_bytes = state.log.bytes_between(state.commit + 1, state.log.last().index);
    for (const NodeId voter : state.membership.voters) {
        // "initialized to leader last log index + 1" (Figure 2).
        if (voter == state.config.self) continue;
        leadership.followers.emplace_back(voter, state.log.last().index + 1, state.now);
    }
    // "it can have each leader commit a blank no-op entry into the log at the start of its term" (8).
    // Replication sends it in the next take(), and with it the news of this election.
    if (mutated(Mutant::no_no_op_on_election)) return;
    state.log.append({{state.term, state.log.last().index + 1}, EntryType::no_op, {}});
}

void lead_by_clock(State& state) {
    if (state.is_alone()) return;
    if (state.now >= quorum_deadline(state)) {
        sometimes(Sometimes::leader_steps_down_without_quorum);
        return become_follower(state, state.term);
    }
    Leadership& leadership = *state.leadership;
    if (state.now < leadership.heartbeat_due) return;
    leadership.heartbeat_due = state.now + state.config.heartbeat_interval;
    ++leadership.round;
    for (Progress& progress : leadership.followers) {
        progress.heartbeat_sent(leadership.round);
        send_heartbeat(state, progress);
        if (progress.pace() == Pace::snapshot) offer_snapshot(state, progress);
    }
}

Instant leader_deadline(const State& state) {
    if (state.is_alone()) return never;
    return std::min(state.leadership->heartbeat_due, quorum_deadline(state));
}

Progress* follower(State& state, NodeId id) {
    if (!state.leadership) return nullptr;
    const auto found = std::ranges::find(state.leadership->followers, id, &Progress::id);
    return found == state.leadership->followers.end() ? nullptr : &*found;
}

void follower_lost(State& state, NodeId id) {
    Progress* progress = follower(state, id);
    if (progress == nullptr) return;
    sometimes(Sometimes::follower_reported_lost);
    progress->lost();
}

void send_heartbeat(State& state, Progress& follower) {
    const Index commit = std::min(state.commit, follower.match());
    follower.told_commit = std::max(follower.told_commit, commit);
    state.send_to(follower.id(), Heartbeat{commit, state.leadership->round});
}

}  // namespace kvbus::raft
