#include "raft/election.h"

#include <chrono>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
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
        if (pre || mutated(Mutant::vote_request_before_own_vote_is_durable)) {
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
    if (state.kind == RoleKind::candidate) sometimes(Sometimes::candidate_tries_again);
    state.kind = RoleKind::pre_candidate;
    state.leader = NodeId{};
    state.forwarded_reads.clear();
    state.election.tally = VoteTally{};
    state.election.tally.record(state.config.self, true);
    wait_for_pre_vote(state);
    request_votes(state, state.term + 1, true);
}

void handle_pre_vote_request(State& state, NodeId from, Term term, const VoteRequest& request) {
    const bool up_to_date = state.log.is_not_ahead_of(request.last);
    const bool leader_alive = has_live_leader(state, from);
    if (!up_to_date) sometimes(Sometimes::pre_vote_denied_stale_log);
    if (leader_alive) sometimes(Sometimes::pre_vote_denied_leader_alive);
    const bool granted = term > state.term && up_to_date && !leader_alive;
    // No promise: neither term nor vote change, and nothing depends on the answer.
    state.send.push_back({from, {granted ? term : state.term, VoteReply{true, granted}}});
}

// Figure 2, RequestVote RPC: one vote a term, first come first served, and only for a log that is at least as
// up to date as the own one (5.4.1).
bool grant_vote(State& state, NodeId candidate, EntryId candidate_last) {
    if (state.vote && state.vote != candidate && !mutated(Mutant::double_vote)) {
        sometimes(Sometimes::vote_denied_already_voted);
        return false;
    }
    if (state.leader && state.leader != candidate) {
        sometimes(Sometimes::vote_denied_leader_known);
        return false;
    }
    if (!state.log.is_not_ahead_of(candidate_last)) {
        sometimes(Sometimes::vote_denied_stale_log);
        return false;
    }
    if (state.vote == candidate) sometimes(Sometimes::vote_granted_again);
    state.vote = candidate;
    return true;
}

bool has_reads(const Leadership& leadership) {
    return leadership.read_round || !leadership.waiting_reads.empty();
}

void lose_campaign(State& state) {
    sometimes(state.kind == RoleKind::candidate ? Sometimes::campaign_lost : Sometimes::pre_vote_lost);
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
        if (state.leadership) sometimes(Sometimes::leader_deposed_by_newer_term);
        if (!state.promises.empty()) sometimes(Sometimes::promises_of_older_term_dropped);
        state.term = term;
        state.vote = NodeId{};
        state.promises.clear();  // they speak for a term that nobody listens to any more
        state.answered_round = 0;
        state.election.lost_leader = NodeId{};
    }
    if (state.leadership && has_reads(*state.leadership)) sometimes(Sometimes::reads_lost_with_leadership);
    if (!state.forwarded_reads.empty()) sometimes(Sometimes::forwarded_reads_forgotten);
    state.kind = RoleKind::follower;
    state.leader = NodeId{};
    state.leadership.reset();
    state.forwarded_reads.clear();
    if (!keeps_waiting) wait_for_leader(state);
}

void hear_leader(State& state, NodeId leader) {
    Election& election = state.election;
    if (leader == election.lost_leader && state.now < election.last_words_until)
        return sometimes(Sometimes::last_words_of_lost_leader_ignored);
    if (state.kind == RoleKind::candidate) sometimes(Sometimes::candidate_follows_elected_leader);
    state.kind = RoleKind::follower;
    state.leader = leader;
    election.leader_heard = state.now;
    election.lost_leader = NodeId{};
    election.hurry_until = Instant{};
    wait_for_leader(state);
}

void campaign_if_due(State& state) {
    if (state.now < state.election.deadline) return;
    // A node alone has nobody to leave it to.
    if (state.election.abstains && !state.is_alone()) return wait_for_leader(state);
    start_pre_vote(state);
}

void leader_lost(State& state) {
    sometimes(Sometimes::quick_election_after_lost_leader);
    Election& election = state.election;
    election.lost_leader = state.leader;
    election.last_words_until = state.now + state.config.heartbeat_interval;
    election.hurry_until = state.now + state.config.election_timeout_max;
    become_follower(state, state.term);

    const auto rank = std::ranges::count_if(state.membership.voters, [&](NodeId voter) {
        return voter < state.config.self && voter != election.lost_leader;
    });
    if (rank == 0 && !election.abstains) return start_pre_vote(state);
    election.deadline = std::min(election.deadline, state.now + rank * turn + draw(state, {}, turn_jitter));
}

void handle_vote_request(State& state, NodeId from, Term term, const VoteRequest& request) {
    if (request.pre) return handle_pre_vote_request(state, from, term, request);
    // "reply false if term < currentTerm" (Figure 2). Thesis 4.2.3: "if a server receives a RequestVote
    // request within the minimum election timeout of hearing from a current leader, it does not update its
    // term or grant its vote."
    if (term < state.term || (term > state.term && has_live_leader(state, from))) {
        sometimes(term < state.term ? Sometimes::vote_denied_older_term
                                    : Sometimes::vote_denied_leader_alive);
        return send_when_durable(state, from, Index{}, VoteReply{false, false});
    }
    if (term > state.term) become_follower(state, term);
    const bool granted = grant_vote(state, from, request.last);
    if (granted) wait_for_leader(state);
    if (mutated(Mutant::vote_reply_before_sync)) return state.send_to(from, VoteReply{false, granted});
    send_when_durable(state, from, Index{}, VoteReply{false, granted});
}

void handle_vote_reply(State& state, NodeId from, Term term, const VoteReply& reply) {
    const bool answers_pre_vote =
        reply.pre && reply.granted;  // then it carries the term that was asked about
    if (answers_pre_vote && term > state.term + 1) {
        ++state.ignored;
        return;
    }
    if (!answers_pre_vote && term > state.term) {
        sometimes(Sometimes::candidate_learns_of_newer_term);
        return become_follower(state, term);
    }
    const bool campaigns = state.kind == (reply.pre ? RoleKind::pre_candidate : RoleKind::candidate);
    const bool of_this_campaign = term == (answers_pre_vote ? state.term + 1 : state.term);
    if (!campaigns || !(of_this_campaign || mutated(Mutant::stale_term_votes)))
        return sometimes(Sometimes::vote_reply_too_late);

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
