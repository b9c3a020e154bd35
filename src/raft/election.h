// Elections: timeouts, PreVote, votes, and the quick election after the death of a leader. Everything here
// serves liveness, but for the three rules at grant_vote() and the terms, which safety rests on.
#pragma once

#include "raft/state.h"

namespace kvbus::raft {

// Follows `term`, with no leader known yet; ends any campaign, and leadership. `term` is not older than the
// current one.
void become_follower(State& state, Term term);

// A message that only the leader of the current term can have sent.
void hear_leader(State& state, NodeId leader);

void wait_for_leader(State& state);  // one more election timeout
void campaign_if_due(State& state);
void leader_lost(State& state);  // the known leader's process died

void handle_vote_request(State& state, NodeId from, Term term, const VoteRequest& request);
void handle_vote_reply(State& state, NodeId from, Term term, const VoteReply& reply);
void count_own_vote(State& state);  // of a candidate, as soon as it is durable

}  // namespace kvbus::raft
