#include "raft/election.h"

#include <chrono>

#include "base/check.h"
#include "raft/leadership.h"
#include "raft/persistence.h"

namespace kvbus::raft {
namespace {

using std::chrono::milliseconds;

// After the death of a leader was reported. Voters take turns, so that two do not split the vote; a PreVote
// that failed because others have not noticed yet is soon repeated; a real campaign gets the time of two disk
// syncs.
constexpr milliseconds turn{15};
constexpr milliseconds turn_jitter{5};
constexpr milliseconds quick_pre_vote_min{30};
constexpr milliseconds quick_pre_vote_max{60};
constexpr milliseconds quick_campaign_min{100};
constexpr milliseconds quick_campaign_max{200};

Duration draw(State& state, Duration min, Duration max) {
    if (max <= min) return min;
    return min + Duration{state.random.below(static_cast<std::uint64_t>((max - min).count()))};
}

bool in_a_hurry(const State& state) {
    return state.now < state.election.hurry_until;
}

// Election timeouts are chosen anew for each wait (5.2).
void wait(State& state, Duration quick_min, Duration quick_max) {
    if (state.is_alone()) {  // waits for nobody, and once it campaigns, only for its disk
        state.election.deadline = state.kind == RoleKind::candidate ? never : state.now;
        return;
    }
    Duration timeout = draw(state, state.config.election_timeout_min, state.config.election_timeout_max);
    if (in_a_hurry(state)) timeout = std::min(timeout, draw(state, quick_min, quick_max));
    state.election.deadline = state.now + timeout;
}

void wait_for_pre_vote(State& state) {
    wait(state, quick_pre_vote_min, quick_pre_vote_max);
}

// Thesis 4.2.3 and 9.6: while a leader is heard, nobody else is helped to depose it. A node that asks for
// votes in a newer term leads no more, whatever was heard from it before.
bool has_live_leader(const State& state, NodeId candidate) {
    if (state.kind == RoleKind::leader) return true;
    return state.leader && state.leader != candidate &&
           state.now - state.election.leader_heard < state.config.election_timeout_min;
}

void request_votes(State& state, Term term, bool pre) {
    for (const NodeId voter : state.membership.voters) {
        if (voter == state.config.self) continue;
        const VoteRequest request{pre, state.log.last()};
        if (pre) {
            state.send.push_back({voter, {term, request}});
        } else {
            state.promise_to(voter, request);  // not before the own vote is durable
        }
    }
}

// "To begin an election, a follower increments its current term and transitions to candidate state. It then
// votes for itself and issues RequestVote RPCs in parallel to each of the other servers" (5.2).
void start_campaign(State& state) {
    const NodeId lost_leader = state.election.lost_leader;
    become_follower(state, state.term + 1);
    state.election.lost_leader = lost_leader;
    state.kind = RoleKind::candidate;
    state.vote = state.config.self;
    state.election.tally = VoteTally{};  // the own vote joins it once it is durable
    wait_for_leader(state);
    request_votes(state, state.term, false);
}

// Thesis 9.6: "a candidate only increments its term if it first learns from a majority of the cluster that
// they would be willing to grant the candidate their votes".
void start_pre_vote(State& state) {
    if (state.is_alone()) return start_campaign(state);
    state.kind = RoleKind::pre_candidate;
    state.leader = NodeId{};
    state.forwarded_reads.clear();
    state.election.tally = VoteTally{};
    state.election.tally.record(state.config.self, true);
    wait_for_pre_vote(state);
    request_votes(state, state.term + 1, true);
}

void handle_pre_vote_request(State& state, NodeId from, Term term, const VoteRequest& request) {
    const bool granted =
        term > state.term && state.log.is_not_ahead_of(request.last) && !has_live_leader(state, from);
    // No promise: neither term nor vote change, and nothing depends on the answer.
    state.send.push_back({from, {granted ? term : state.term, VoteReply{true, granted}}});
}

// Figure 2, RequestVote RPC: one vote a term, first come first served, and only for a log that is at least as
// up to date as the own one (5.4.1).
bool grant_vote(State& state, NodeId candidate, EntryId candidate_last) {
    if (state.vote && state.vote != candidate) return false;
    if (state.leader && state.leader != candidate) return false;
    if (!state.log.is_not_ahead_of(candidate_last)) return false;
    state.vote = candidate;
    return true;
}

void lose_campaign(State& state) {
    state.kind = RoleKind::follower;
    if (in_a_hurry(state)) wait_for_pre_vote(state);
}

}  // namespace

void wait_for_leader(State& state) {
    wait(state, quick_campaign_min, quick_campaign_max);
}

void become_follower(State& state, Term term) {
    KV_CHECK(term >= state.term);
    const bool keeps_waiting = term == state.term && state.kind != RoleKind::leader;
    if (term > state.term) {
        state.term = term;
        state.vote = NodeId{};
        state.promises.clear();  // they speak for a term that nobody listens to any more
        state.answered_round = 0;
        state.election.lost_leader = NodeId{};
    }
    state.kind = RoleKind::follower;
    state.leader = NodeId{};
    state.leadership.reset();
    state.forwarded_reads.clear();
    if (!keeps_waiting) wait_for_leader(state);
}

void hear_leader(State& state, NodeId leader) {
    Election& election = state.election;
    if (leader == election.lost_leader && state.now < election.last_words_until) return;
    state.kind = RoleKind::follower;
    state.leader = leader;
    election.leader_heard = state.now;
    election.lost_leader = NodeId{};
    election.hurry_until = Instant{};
    wait_for_leader(state);
}

void campaign_if_due(State& state) {
    if (state.now >= state.election.deadline) start_pre_vote(state);
}

void leader_lost(State& state) {
    Election& election = state.election;
    election.lost_leader = state.leader;
    election.last_words_until = state.now + state.config.heartbeat_interval;
    election.hurry_until = state.now + state.config.election_timeout_max;
    become_follower(state, state.term);

    const auto rank = std::ranges::count_if(state.membership.voters, [&](NodeId voter) {
        return voter < state.config.self && voter != election.lost_leader;
    });
    if (rank == 0) return start_pre_vote(state);
    election.deadline = std::min(election.deadline, state.now + rank * turn + draw(state, {}, turn_jitter));
}

void handle_vote_request(State& state, NodeId from, Term term, const VoteRequest& request) {
    if (request.pre) return handle_pre_vote_request(state, from, term, request);
    // "reply false if term < currentTerm" (Figure 2). Thesis 4.2.3: "if a server receives a RequestVote
    // request within the minimum election timeout of hearing from a current leader, it does not update its
    // term or grant its vote."
    if (term < state.term || (term > state.term && has_live_leader(state, from))) {
        return send_when_durable(state, from, Index{}, VoteReply{false, false});
    }
    if (term > state.term) become_follower(state, term);
    const bool granted = grant_vote(state, from, request.last);
    if (granted) wait_for_leader(state);
    send_when_durable(state, from, Index{}, VoteReply{false, granted});
}

void handle_vote_reply(State& state, NodeId from, Term term, const VoteReply& reply) {
    const bool answers_pre_vote =
        reply.pre && reply.granted;  // then it carries the term that was asked about
    if (answers_pre_vote && term > state.term + 1) {
        ++state.ignored;
        return;
    }
    if (!answers_pre_vote && term > state.term) return become_follower(state, term);
    if (state.kind != (reply.pre ? RoleKind::pre_candidate : RoleKind::candidate)) return;
    if (term != (answers_pre_vote ? state.term + 1 : state.term)) return;

    state.election.tally.record(from, reply.granted);
    switch (state.election.tally.outcome(state.membership, state.election.lost_leader)) {
        case VoteTally::Outcome::open:
            return;
        case VoteTally::Outcome::lost:
            return lose_campaign(state);
        case VoteTally::Outcome::won:
            return reply.pre ? start_campaign(state) : become_leader(state);
    }
}

// A node alone waits for its disk, too: after a crash it could else lead the same term again, with other
// entries.
void count_own_vote(State& state) {
    if (state.kind != RoleKind::candidate || !hard_state_is_durable(state)) return;
    state.election.tally.record(state.config.self, true);
    if (state.is_alone()) become_leader(state);
}

}  // namespace kvbus::raft
