// Section 5.2 of the Raft paper, and the rules of Figure 2 for followers and candidates.

#include <set>

#include "support.h"

namespace kvbus::raft::test {
namespace {

VoteReply vote(bool granted) {
    return {.pre = false, .granted = granted};
}
VoteRequest vote_request(EntryId last) {
    return {.pre = false, .last = last};
}

// 5.2: "A server remains in follower state as long as it receives valid RPCs from a leader or candidate."
TEST(Election, AFollowerThatHearsFromTheLeaderStaysAFollower) {
    Subject follower;
    for (int i = 0; i < 100; ++i) {
        follower.receive(two, 1, Heartbeat{.commit = {}, .round = 1});
        follower.pass(timeout_min - milliseconds{1});
        ASSERT_EQ(follower.kind(), RoleKind::follower);
        ASSERT_EQ(follower.leader(), two);
    }
}

// 5.2: "If a follower receives no communication over a period of time called the election timeout, then it …
// begins an election"; "election timeouts are chosen randomly from a fixed interval".
TEST(Election, TimeoutsAreDrawnFromTheWholeInterval) {
    Duration shortest = timeout_max;
    Duration longest{};
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Config config;
        config.seed = seed;
        Subject follower({.config = config});
        const Instant start = follower.now();
        follower.time_out();
        const Duration waited = follower.now() - start;
        ASSERT_GE(waited, timeout_min);
        ASSERT_LT(waited, timeout_max);
        shortest = std::min(shortest, waited);
        longest = std::max(longest, waited);
    }
    EXPECT_LT(shortest, timeout_min + (timeout_max - timeout_min) / 10);
    EXPECT_GT(longest, timeout_max - (timeout_max - timeout_min) / 10);
}

// 5.2: "Each candidate restarts its randomized election timeout at the start of an election."
TEST(Election, EachWaitIsDrawnAnew) {
    Subject follower;
    std::set<Duration> waits;
    for (int i = 0; i < 20; ++i) {
        follower.receive(two, 1, Heartbeat{.commit = {}, .round = 1});
        const Instant start = follower.now();
        follower.time_out();
        waits.insert(follower.now() - start);
        follower.receive(two, 1, Heartbeat{.commit = {}, .round = 1});
        ASSERT_EQ(follower.kind(), RoleKind::follower);
    }
    EXPECT_GT(waits.size(), 10u);
}

// Figure 2, followers: "If election timeout elapses without receiving AppendEntries RPC from current leader
// or granting vote to candidate: convert to candidate."
TEST(Election, GrantingAVoteRestartsTheTimeout) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Config config;
        config.seed = seed;
        Subject voter({.config = config});
        voter.pass(timeout_min - milliseconds{1});
        voter.ask(two, 1, vote_request({}));
        ASSERT_TRUE(voter.only<VoteReply>(two).body.granted);
        voter.pass(timeout_min - milliseconds{1});
        ASSERT_EQ(voter.kind(), RoleKind::follower) << "seed " << seed;
    }
}

// The same rule, the other way round: what is refused does not keep a follower from its own election.
TEST(Election, RefusingAVoteDoesNotRestartTheTimeout) {
    Subject voter({.log = {1}, .term = 3, .vote = two});
    const Instant start = voter.now();
    bool asked = false;
    while (!asked && voter.now() - start < timeout_max) {
        voter.pass(milliseconds{20});
        asked = !voter.sent<VoteRequest>().empty();
        voter.ask(three, 3, vote_request(at(1, 1)));
        voter.ask(three, 4, VoteRequest{.pre = true, .last = {}});
        voter.ask(three, 2, Heartbeat{.commit = {}, .round = 1});
    }
    EXPECT_TRUE(asked);
}

// 5.2: "To begin an election, a follower increments its current term and transitions to candidate state. It
// then votes for itself and issues RequestVote RPCs in parallel to each of the other servers in the cluster."
TEST(Election, ACandidateIncrementsItsTermVotesForItselfAndAsksAllOthers) {
    Subject server({.nodes = 5, .log = {1, 2}, .term = 3});
    server.become_candidate();
    EXPECT_EQ(server.term(), 4u);
    EXPECT_EQ(server.disk().durable().hard_state.term, Term{4});
    EXPECT_EQ(server.disk().durable().hard_state.vote, one);
    std::set<NodeId> asked;
    for (const auto& request : server.sent<VoteRequest>()) {
        if (request.body.pre) continue;
        EXPECT_EQ(request.term, Term{4});
        EXPECT_EQ(request.body.last, at(2, 2));
        asked.insert(request.to);
    }
    EXPECT_EQ(asked, (std::set{two, three, four, five}));
}

// 5.2: "A candidate wins an election if it receives votes from a majority of the servers in the full cluster
// for the same term."
TEST(Election, ACandidateWinsWithAMajorityOfTheFullCluster) {
    struct Case {
        std::uint64_t nodes;
        std::uint64_t votes;  // of others
        bool wins;
    };
    for (const auto& c :
         {Case{2, 0, false}, Case{2, 1, true}, Case{3, 0, false}, Case{3, 1, true}, Case{4, 1, false},
          Case{4, 2, true}, Case{5, 1, false}, Case{5, 2, true}, Case{7, 2, false}, Case{7, 3, true}}) {
        SCOPED_TRACE(std::to_string(c.votes) + " of " + std::to_string(c.nodes));
        Subject candidate({.nodes = c.nodes});
        candidate.become_candidate();
        for (std::uint64_t voter = 2; voter < 2 + c.votes; ++voter) {
            candidate.receive(NodeId{voter}, candidate.term(), vote(true));
        }
        EXPECT_EQ(candidate.kind(), c.wins ? RoleKind::leader : RoleKind::candidate);
    }
}

// 5.2, the same sentence: a server has one vote, however often its reply arrives.
TEST(Election, RepeatedVotesOfOneServerCountOnce) {
    Subject candidate({.nodes = 5});
    candidate.become_candidate();
    for (int i = 0; i < 5; ++i)
        candidate.receive(two, candidate.term(), vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::candidate);
    candidate.receive(three, candidate.term(), vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::leader);
}

// 5.2, "for the same term": votes of an earlier election do not count in this one.
TEST(Election, VotesOfAnEarlierTermDoNotCount) {
    Subject candidate;
    candidate.become_candidate();
    const std::uint64_t first = candidate.term();
    candidate.become_candidate();
    ASSERT_EQ(candidate.term(), first + 1);
    candidate.receive(two, first, vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::candidate);
    candidate.receive(two, first + 1, vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::leader);
}

// 5.2: refusals do not add up to anything.
TEST(Election, DenialsDoNotCountAsVotes) {
    Subject candidate;
    candidate.become_candidate();
    candidate.receive(two, candidate.term(), vote(false));
    candidate.receive(three, candidate.term(), vote(false));
    EXPECT_NE(candidate.kind(), RoleKind::leader);
}

// 9.6 with 5.2: a granted PreVote is not a vote, though it may still be under way when the election has
// begun.
TEST(Election, PreVotesDoNotCountAsVotes) {
    Subject candidate;
    candidate.become_candidate();
    candidate.receive(two, candidate.term(), VoteReply{.pre = true, .granted = true});
    candidate.receive(three, candidate.term(), VoteReply{.pre = true, .granted = true});
    EXPECT_EQ(candidate.kind(), RoleKind::candidate);
}

// 5.2: "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis."
TEST(Election, AServerVotesForOneCandidatePerTermFirstComeFirstServed) {
    Subject voter;
    voter.ask(two, 1, vote_request({}));
    EXPECT_TRUE(voter.only<VoteReply>(two).body.granted);
    voter.ask(three, 1, vote_request(at(1, 5)));
    EXPECT_FALSE(voter.only<VoteReply>(three).body.granted);
    voter.ask(two, 1, vote_request({}));
    EXPECT_TRUE(voter.only<VoteReply>(two).body.granted) << "the reply may have been lost";
    EXPECT_EQ(voter.disk().durable().hard_state.vote, two);
}

// 5.2: a candidate has voted for itself.
TEST(Election, ACandidateDoesNotVoteForAnother) {
    Subject candidate;
    candidate.become_candidate();
    candidate.ask(two, candidate.term(), vote_request(at(1, 9)));
    EXPECT_FALSE(candidate.only<VoteReply>(two).body.granted);
    EXPECT_EQ(candidate.kind(), RoleKind::candidate);
}

// 5.2: "Once a candidate wins an election, it becomes leader. It then sends heartbeat messages to all of the
// other servers to establish its authority and prevent new elections."
TEST(Election, ANewLeaderSpeaksToAllOthersAtOnce) {
    Subject candidate({.nodes = 5});
    candidate.become_candidate();
    candidate.receive(two, 1, vote(true));
    candidate.receive(three, 1, vote(true));
    ASSERT_EQ(candidate.kind(), RoleKind::leader);
    EXPECT_EQ(candidate.leader(), one);
    std::set<NodeId> told;
    for (const Envelope& envelope : candidate.outbox()) {
        EXPECT_EQ(envelope.message.term, Term{1});
        told.insert(envelope.to);
    }
    EXPECT_EQ(told, (std::set{two, three, four, five}));
}

// Figure 2, leaders: "repeat during idle periods to prevent election timeouts".
TEST(Election, ALeaderRepeatsHeartbeatsWhileIdle) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    leader.acknowledge(three, 1);
    leader.pass(8 * heartbeat);
    for (const NodeId follower : {two, three}) {
        EXPECT_GE(leader.sent<Heartbeat>(follower).size(), 7u);
        EXPECT_LE(leader.sent<Heartbeat>(follower).size(), 9u);
        EXPECT_TRUE(leader.sent<Append>(follower).empty());
    }
}

// 5.2: "If the leader's term … is at least as large as the candidate's current term, then the candidate
// recognizes the leader as legitimate and returns to follower state."
TEST(Election, ACandidateReturnsToFollowerWhenALeaderOfItsTermAppears) {
    const std::vector<Subject::Body> messages{Append{.previous = {}, .commit = {}, .entries = {entry(1, 1)}},
                                              Heartbeat{.commit = {}, .round = 1}};
    for (const auto& message : messages) {
        Subject candidate;
        candidate.become_candidate();
        candidate.ask(two, candidate.term(), message);
        EXPECT_EQ(candidate.kind(), RoleKind::follower);
        EXPECT_EQ(candidate.leader(), two);
        EXPECT_EQ(candidate.term(), 1u);
        EXPECT_EQ(candidate.disk().durable().hard_state.vote, one) << "the vote of this term stands";
    }
}

// 5.2: "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects the
// RPC and continues in candidate state."
TEST(Election, ACandidateRejectsALeaderOfASmallerTerm) {
    Subject candidate({.term = 3});
    candidate.become_candidate();
    candidate.ask(two, 3, Append{.previous = {}, .commit = {}, .entries = {entry(3, 1)}});
    EXPECT_EQ(candidate.kind(), RoleKind::candidate);
    EXPECT_FALSE(candidate.only<AppendReply>(two).body.accepted);
    EXPECT_EQ(candidate.only<AppendReply>(two).term, Term{4});
    EXPECT_TRUE(candidate.log().empty());
}

// 5.2: "if many followers become candidates at the same time, votes could be split … When this happens, each
// candidate will time out and start a new election by incrementing its term."
TEST(Election, ASplitVoteIsFollowedByANewElectionInTheNextTerm) {
    Subject candidate({.nodes = 5});
    candidate.become_candidate();
    candidate.receive(two, 1, vote(true));
    for (const NodeId refused : {three, four, five})
        candidate.receive(refused, 1, vote(false));
    const Instant start = candidate.now();
    candidate.become_candidate();
    EXPECT_EQ(candidate.term(), 2u);
    EXPECT_LE(candidate.now() - start, 2 * timeout_max);
    candidate.receive(three, 2, vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::candidate) << "the vote of two was for term 1";
    candidate.receive(four, 2, vote(true));
    EXPECT_EQ(candidate.kind(), RoleKind::leader);
}

// A cluster of one needs nobody else, but it needs its own vote on disk: else it could lead the same term
// again after a crash, and make other entries with the same ids.
TEST(Election, AServerAloneElectsItselfOnceItsVoteIsDurable) {
    Subject alone({.nodes = 1});
    alone.time_out();
    EXPECT_NE(alone.kind(), RoleKind::leader);
    EXPECT_FALSE(alone.propose("x").ok());
    alone.persist();
    EXPECT_EQ(alone.kind(), RoleKind::leader);
    EXPECT_EQ(alone.term(), 1u);
    EXPECT_EQ(alone.disk().durable().hard_state.vote, one);
    EXPECT_EQ(alone.commit(), 1u);
}

}  // namespace
}  // namespace kvbus::raft::test
