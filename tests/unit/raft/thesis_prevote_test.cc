// PreVote (thesis 9.6), CheckQuorum (6.2) and the fast failover through peer_lost().

#include "support.h"

namespace kvbus::raft::test {
namespace {

VoteRequest pre_vote(EntryId last) {
    return {.pre = true, .last = last};
}
VoteReply pre_reply(bool granted) {
    return {.pre = true, .granted = granted};
}

bool grants_pre_vote(Subject& voter, NodeId candidate, std::uint64_t term, EntryId last) {
    voter.ask(candidate, term, pre_vote(last));
    return voter.only<VoteReply>(candidate).body.granted;
}

// 9.6: "a candidate only increments its term if it first learns from a majority of the cluster that they
// would be willing to grant the candidate their votes".
TEST(PreVote, TheTermGrowsOnlyOnceAMajorityWouldVote) {
    Subject server({.nodes = 5, .log = {1}, .term = 3});
    server.time_out();
    EXPECT_EQ(server.kind(), RoleKind::pre_candidate);
    EXPECT_EQ(server.term(), 3u);
    EXPECT_TRUE(server.disk().in_flight().empty()) << "asking stores nothing";
    for (const NodeId voter : {two, three, four, five}) {
        const auto request = server.only<VoteRequest>(voter);
        EXPECT_EQ(request.term, Term{4}) << "the term it would campaign in";
        EXPECT_EQ(request.body, pre_vote(at(1, 1)));
    }
    server.receive(two, 4, pre_reply(true));
    EXPECT_EQ(server.kind(), RoleKind::pre_candidate);
    EXPECT_EQ(server.term(), 3u);
    server.receive(three, 4, pre_reply(true));
    EXPECT_EQ(server.kind(), RoleKind::candidate);
    EXPECT_EQ(server.term(), 4u);
}

// 9.6: a server that nobody would vote for asks again and again and disturbs nobody's term.
TEST(PreVote, ANodeThatIsCutOffKeepsItsTerm) {
    Subject server({.term = 3});
    server.pass(std::chrono::minutes{1});
    EXPECT_EQ(server.term(), 3u);
    EXPECT_EQ(server.kind(), RoleKind::pre_candidate);
    EXPECT_GE(server.sent<VoteRequest>(two).size(), 50u) << "it must go on trying";
    for (const auto& request : server.sent<VoteRequest>())
        EXPECT_EQ(request.term, Term{4});
}

// The same voter counts once; grants for another term, real votes and denials do not count.
TEST(PreVote, OnlyDistinctGrantsOfThisRoundCount) {
    Subject server({.nodes = 5, .term = 3});
    server.time_out();
    for (int i = 0; i < 3; ++i)
        server.receive(two, 4, pre_reply(true));
    server.receive(three, 3, pre_reply(true));
    server.receive(four, 3, pre_reply(false));
    server.receive(five, 3, VoteReply{.pre = false, .granted = true});
    EXPECT_EQ(server.kind(), RoleKind::pre_candidate);
    EXPECT_EQ(server.term(), 3u);
}

// 9.6: the voter says what it would do; it changes neither its term nor its vote, and so may say yes to
// several.
TEST(PreVote, TheVoterPromisesNothing) {
    Subject voter({.term = 3});
    voter.receive(two, 4, pre_vote({}));
    EXPECT_TRUE(voter.only<VoteReply>(two).body.granted) << "at once: nothing needs to be stored";
    EXPECT_EQ(voter.only<VoteReply>(two).term, Term{4}) << "a grant echoes the request's term";
    EXPECT_TRUE(grants_pre_vote(voter, three, 9, {}));
    EXPECT_EQ(voter.term(), 3u);
    voter.restart();
    EXPECT_EQ(voter.term(), 3u);
    EXPECT_EQ(voter.disk().durable().hard_state.vote, NodeId{});
}

// 4.2.3 and 9.6: "a server … does not update its term or grant its vote" within the minimum election timeout
// of hearing from a current leader.
TEST(PreVote, AVoterWhoHearsTheLeaderDenies) {
    Subject voter;
    voter.ask(three, 2, Heartbeat{.commit = {}, .round = 1});
    voter.pass(timeout_min - milliseconds{1});
    voter.ask(two, 3, pre_vote(at(2, 9)));
    EXPECT_FALSE(voter.only<VoteReply>(two).body.granted);
    EXPECT_EQ(voter.only<VoteReply>(two).term, Term{2}) << "a denial carries the voter's own term";
    EXPECT_EQ(voter.leader(), three);
    voter.pass(milliseconds{1});
    EXPECT_TRUE(grants_pre_vote(voter, two, 3, at(2, 9)));
}

// An Append is a word from the leader as good as a heartbeat.
TEST(PreVote, AVoterWhoReceivesEntriesDenies) {
    Subject voter;
    voter.ask(three, 2, Append{.previous = {}, .commit = {}, .entries = {entry(2, 1)}});
    EXPECT_FALSE(grants_pre_vote(voter, two, 3, at(2, 9)));
}

// 9.6: the leader itself would not vote for another.
TEST(PreVote, ALeaderDenies) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    EXPECT_FALSE(grants_pre_vote(leader, two, 2, at(1, 9)));
    EXPECT_EQ(leader.kind(), RoleKind::leader);
    EXPECT_EQ(leader.term(), 1u);
}

// A pre-candidate of a smaller term learns the voters' term from the denial and asks for the right one next
// time. Else a node that was cut off could never win, though the others may need it.
TEST(PreVote, ADenialBringsALaggardToTheVotersTerm) {
    Subject voter({.term = 7});
    voter.ask(two, 4, pre_vote({}));
    EXPECT_EQ(voter.only<VoteReply>(two).body, pre_reply(false));
    EXPECT_EQ(voter.only<VoteReply>(two).term, Term{7});
    EXPECT_EQ(voter.term(), 7u);

    Subject laggard({.self = 2, .term = 3});
    laggard.time_out();
    laggard.ask(one, 7, pre_reply(false));
    EXPECT_EQ(laggard.term(), 7u);
    laggard.time_out();
    ASSERT_FALSE(laggard.sent<VoteRequest>(one).empty());
    EXPECT_EQ(laggard.sent<VoteRequest>(one).back().term, Term{8});
}

// 5.2 for the pre-candidate: a leader of its term ends its attempt.
TEST(PreVote, APreCandidateReturnsToFollowerWhenItHearsTheLeader) {
    Subject server({.term = 3});
    server.time_out();
    server.receive(two, 3, Heartbeat{.commit = {}, .round = 1});
    EXPECT_EQ(server.kind(), RoleKind::follower);
    EXPECT_EQ(server.leader(), two);
    server.receive(three, 4, pre_reply(true));
    EXPECT_EQ(server.kind(), RoleKind::follower) << "a late grant changes nothing";
    EXPECT_EQ(server.term(), 3u);
}

// A real vote request of a server that won its PreVote elsewhere is judged by its own rules.
TEST(PreVote, APreCandidateStillVotes) {
    Subject server({.term = 3});
    server.time_out();
    server.ask(two, 4, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(server.only<VoteReply>(two).body.granted);
    EXPECT_EQ(server.kind(), RoleKind::follower);
    EXPECT_EQ(server.term(), 4u);
}

// 6.2: "a leader … steps down if an election timeout elapses without a successful round of heartbeats to a
// majority of its cluster".
TEST(CheckQuorum, ALeaderWithoutAMajorityStepsDown) {
    Subject leader({.nodes = 5});
    leader.become_leader();
    for (int beat = 0; beat < 60; ++beat) {
        leader.receive(two, 1, HeartbeatReply{.round = 0, .last = Index{1}});
        leader.pass(heartbeat);
    }
    EXPECT_NE(leader.kind(), RoleKind::leader) << "it heard from one of four only";
    EXPECT_EQ(leader.leader(), NodeId{});
    EXPECT_EQ(leader.term(), 1u) << "stepping down is no reason for a new term";
    EXPECT_EQ(leader.propose("x").error().code, Code::unavailable);
}

// 6.2, the time it may take.
TEST(CheckQuorum, ItStepsDownWithinTwoElectionTimeouts) {
    Subject leader;
    leader.become_leader();
    leader.pass(2 * timeout_max);
    EXPECT_NE(leader.kind(), RoleKind::leader);
}

// 6.2, the other way round.
TEST(CheckQuorum, ALeaderWithAMajorityStays) {
    Subject leader({.nodes = 5});
    leader.become_leader();
    for (int beat = 0; beat < 200; ++beat) {
        leader.receive(two, 1, HeartbeatReply{.round = 0, .last = Index{1}});
        leader.receive(five, 1, HeartbeatReply{.round = 0, .last = Index{1}});
        leader.pass(heartbeat);
        ASSERT_EQ(leader.kind(), RoleKind::leader);
    }
}

// Entries acknowledged are as good as heartbeats answered.
TEST(CheckQuorum, AcknowledgementsCountAsSignsOfLife) {
    Subject leader;
    leader.become_leader();
    for (int beat = 0; beat < 60; ++beat) {
        leader.acknowledge(three, 1);
        leader.pass(heartbeat);
        ASSERT_EQ(leader.kind(), RoleKind::leader);
    }
}

// A cluster of one is always its own majority.
TEST(CheckQuorum, ALeaderAloneStays) {
    Subject alone({.nodes = 1});
    alone.time_out();
    alone.persist();
    alone.pass(std::chrono::minutes{1});
    EXPECT_EQ(alone.kind(), RoleKind::leader);
}

// 6.2: what the leader knows of others it tells in its status.
TEST(CheckQuorum, StatusTellsWhoWasHeardLately) {
    Subject leader;
    leader.become_leader();
    for (int beat = 0; beat < 40; ++beat) {
        leader.receive(three, 1, HeartbeatReply{.round = 0, .last = Index{1}});
        leader.pass(heartbeat);
    }
    for (const FollowerStatus& follower : leader.status().followers) {
        EXPECT_EQ(follower.heard_lately, follower.id == three) << follower.id.value;
    }
}

// Fast failover: a follower whose leader's process is known to be dead does not wait for its timeout.
TEST(PeerLost, AFollowerOfTheDeadAsksForPreVotesAtOnce) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    follower.lose(two);
    EXPECT_EQ(follower.only<VoteRequest>(three).term, Term{2});
    EXPECT_TRUE(follower.only<VoteRequest>(three).body.pre);
    EXPECT_EQ(follower.term(), 1u);
    follower.receive(three, 2, pre_reply(true));
    EXPECT_EQ(follower.kind(), RoleKind::candidate);
    EXPECT_EQ(follower.term(), 2u);
}

// "voters grant it when they lost the leader too".
TEST(PeerLost, AVoterWhoLostTheLeaderTooGrants) {
    Subject voter;
    voter.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    EXPECT_FALSE(grants_pre_vote(voter, three, 2, {}));
    voter.lose(two);
    EXPECT_TRUE(grants_pre_vote(voter, three, 2, {}));
    voter.ask(three, 2, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(voter.only<VoteReply>(three).body.granted);
}

// The death of anybody else is no reason for an election.
TEST(PeerLost, LosingAnotherFollowerChangesNothing) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    follower.lose(three);
    EXPECT_TRUE(follower.outbox().empty());
    EXPECT_EQ(follower.kind(), RoleKind::follower);
    EXPECT_EQ(follower.leader(), two);
    EXPECT_FALSE(grants_pre_vote(follower, three, 2, {}));

    Subject leader;
    leader.become_leader();
    leader.lose(two);
    EXPECT_EQ(leader.kind(), RoleKind::leader);
}

// "Safety never rests on it": a leader that was declared dead and goes on speaking is followed again. What it
// may have said before it died does not count for that.
TEST(PeerLost, AFalseAlarmPasses) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    follower.lose(two);
    follower.pass(heartbeat);
    follower.receive(two, 1, Heartbeat{.commit = {}, .round = 2});
    EXPECT_EQ(follower.kind(), RoleKind::follower);
    EXPECT_EQ(follower.leader(), two);
    EXPECT_FALSE(grants_pre_vote(follower, three, 2, {}));
}

// Nonsense: a node's own death, a stranger's, nobody's.
TEST(PeerLost, ImpossiblePeersChangeNothing) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    for (const NodeId peer : {NodeId{}, one, NodeId{9}})
        follower.lose(peer);
    EXPECT_EQ(follower.kind(), RoleKind::follower);
    EXPECT_EQ(follower.leader(), two);

    Subject fresh;
    fresh.lose(two);
    fresh.lose(NodeId{});
    EXPECT_EQ(fresh.kind(), RoleKind::follower);
}

// Of a node whose state is not to be trusted, though its log is.
TEST(Abstaining, ALeaderStepsDownAndANodeNeverCampaigns) {
    Subject server({.term = 3});
    server.become_leader();
    server.abstain(true);
    EXPECT_EQ(server.kind(), RoleKind::follower);
    const std::uint64_t term = server.term();
    server.pass(std::chrono::minutes{1});
    EXPECT_EQ(server.kind(), RoleKind::follower);
    EXPECT_EQ(server.term(), term);
    EXPECT_GT(server.deadline(), server.now()) << "it is not asked to do something all the time";
    server.abstain(false);
    server.time_out();
    EXPECT_EQ(server.kind(), RoleKind::pre_candidate);
}

TEST(Abstaining, ACandidateGivesUpAndVotesForOthers) {
    Subject server({.term = 3});
    server.become_candidate();
    server.abstain(true);
    EXPECT_EQ(server.kind(), RoleKind::follower);
    const std::uint64_t term = server.term();
    server.ask(two, term, VoteRequest{.pre = false, .last = {}});
    EXPECT_FALSE(server.only<VoteReply>(two).body.granted) << "it has voted for itself in this term";
    server.ask(two, term + 1, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(server.only<VoteReply>(two).body.granted);
}

TEST(Abstaining, TheDeathOfTheLeaderStartsNoQuickElection) {
    Subject server({.term = 3});
    server.receive(two, 3, Heartbeat{});
    server.abstain(true);
    server.lose(two);
    server.pass(std::chrono::minutes{1});
    EXPECT_EQ(server.kind(), RoleKind::follower);
}

TEST(Abstaining, ANodeAloneHasNobodyToLeaveItTo) {
    Subject server({.nodes = 1, .term = 3});
    server.abstain(true);
    server.pass(heartbeat);
    server.persist();
    EXPECT_EQ(server.kind(), RoleKind::leader);
}

}  // namespace
}  // namespace kvbus::raft::test
