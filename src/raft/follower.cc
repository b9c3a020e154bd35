#include "raft/follower.h"

#include "base/mutant.h"
#include "base/sometimes.h"
#include "raft/election.h"
#include "raft/persistence.h"

namespace kvbus::raft {
namespace {

// At most one leader can be elected in a given term (5.2): anybody else who claims to be it is not believed.
bool may_lead(const State& state, NodeId from) {
    return state.kind != RoleKind::leader && (!state.leader || state.leader == from);
}

// Committed entries are in every leader's log (5.4.3), also where the window no longer shows them.
bool holds(const State& state, EntryId entry) {
    const std::optional<Term> term = state.log.term_of(entry.index);
    return term ? *term == entry.term : entry.index <= state.commit;
}

bool contradicts_commit(const State& state, const Append& append) {
    const auto wrong = [&](EntryId id) { return id.index <= state.commit && !holds(state, id); };
    return wrong(append.previous) || std::ranges::any_of(append.entries, wrong, &Entry::id);
}

// What a snapshot covers is committed, and so is what is committed here: the one continues the other. The
// members of a cluster do not change.
bool contradicts_commit(const State& state, const SnapshotMeta& snapshot) {
    const bool is_older = snapshot.last.index <= state.commit;
    const bool fits =
        is_older ? holds(state, snapshot.last) : snapshot.last.term >= *state.log.term_of(state.commit);
    return !fits || snapshot.membership != state.membership;
}

// Where to go on after a refusal, in one step per term rather than per entry (5.3). Never below the commit
// index: up to it every leader's log matches.
EntryId hint_for(const State& state, EntryId previous) {
    const EntryId hint = state.log.last_at_most(previous);
    if (hint.index + 1 < std::min(previous.index, state.log.last().index))
        sometimes(Sometimes::hint_jumps_over_a_term);
    if (hint.index >= state.commit) return hint;
    return {*state.log.term_of(state.commit), state.commit};
}

// "If an existing entry conflicts with a new one (same index but different terms), delete the existing entry
// and all that follow it. Append any new entries not already in the log" (Figure 2). What does not conflict
// stays: a delayed, shorter message must not undo a later one.
void store(State& state, const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
        if (entry.id.index <= state.log.last().index) {
            if (holds(state, entry.id) && !mutated(Mutant::unconditional_truncation)) continue;
            sometimes(Sometimes::conflicting_entries_truncated);
            state.log.truncate_from(entry.id.index);
        }
        state.log.append(entry);
    }
}

}  // namespace

void handle_append(State& state, NodeId from, const Append& append) {
    if (!may_lead(state, from) || contradicts_commit(state, append)) {
        ++state.ignored;
        return;
    }
    hear_leader(state, from);
    const bool is_gap = append.previous.index > state.log.last().index;
    const bool matches = mutated(Mutant::no_previous_term_check) ? !is_gap : holds(state, append.previous);
    if (!matches) {
        sometimes(is_gap ? Sometimes::append_rejected_gap : Sometimes::append_rejected_conflict);
        const AppendReply refusal{false, append.previous.index, hint_for(state, append.previous)};
        return state.send_to(from, refusal);
    }
    store(state, append.entries);
    // "set commitIndex = min(leaderCommit, index of last new entry)" (Figure 2): no further than this message
    // proves.
    const Index verified = append.previous.index + append.entries.size();
    const Index last = state.log.last().index;
    if (verified < last) sometimes(Sometimes::delayed_shorter_append);
    const Index commit_max = mutated(Mutant::commit_beyond_verified_prefix) ? last : verified;
    state.commit = std::max(state.commit, std::min(append.commit, commit_max));
    const Index to_sync = mutated(Mutant::append_ack_before_sync) ? Index{} : verified;
    send_when_durable(state, from, to_sync, AppendReply{true, verified, {}});
}

void handle_heartbeat(State& state, NodeId from, const Heartbeat& heartbeat) {
    if (!may_lead(state, from) || heartbeat.commit > state.log.last().index) {
        ++state.ignored;
        return;
    }
    hear_leader(state, from);
    state.commit = std::max(state.commit, heartbeat.commit);
    // One answer a round: the leader repeats the last one to tell of a new commit index, and needs no answer
    // to that.
    if (heartbeat.round <= state.answered_round) return;
    state.answered_round = heartbeat.round;
    state.send_to(from, HeartbeatReply{heartbeat.round, state.log.last().index});
}

void handle_install_snapshot(State& state, NodeId from, const InstallSnapshot& request) {
    if (!may_lead(state, from) || contradicts_commit(state, request.snapshot)) {
        ++state.ignored;
        return;
    }
    hear_leader(state, from);
    // What a snapshot covers is committed, and a log that holds its last entry holds the same (5.3).
    const EntryId last = request.snapshot.last;
    if (holds(state, last)) state.commit = std::max(state.commit, last.index);
    if (last.index > state.commit) {
        state.offer = request.snapshot;
        return;
    }
    sometimes(Sometimes::snapshot_not_needed);
    send_when_durable(state, from, state.commit, AppendReply{true, state.commit, {}});
}

}  // namespace kvbus::raft
