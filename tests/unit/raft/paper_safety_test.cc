// Section 5.4 of the Raft paper: what keeps a committed entry committed; and what survives a restart (Figure
// 2, "Persistent state on all servers: (Updated on stable storage before responding to RPCs)").

#include "support.h"

namespace kvbus::raft::test {
namespace {

// 5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate"; "If the
// logs have last entries with different terms, then the log with the later term is more up-to-date. If the
// logs end with the same term, then whichever log is longer is more up-to-date." The same holds for a
// PreVote.
TEST(ElectionRestriction, AVoterDeniesItsVoteIfItsOwnLogIsMoreUpToDate) {
    struct Case {
        EntryId candidate;
        bool granted;
    };
    for (const bool pre : {true, false}) {
        for (const auto& [candidate, granted] :
             {Case{at(2, 3), true}, Case{at(2, 4), true}, Case{at(2, 2), false}, Case{at(3, 1), true},
              Case{at(1, 9), false}, Case{at(1, 3), false}, Case{at(0, 0), false}}) {
            SCOPED_TRACE(describe(candidate) + (pre ? " pre-vote" : " vote"));
            Subject voter({.log = {1, 2, 2}, .term = 3});
            voter.ask(two, 4, VoteRequest{.pre = pre, .last = candidate});
            EXPECT_EQ(voter.only<VoteReply>(two).body.granted, granted);
            EXPECT_EQ(voter.only<VoteReply>(two).body.pre, pre);
        }
    }
}

// 5.4.1: it is the voter's whole log that counts, not only its committed or durable part.
TEST(ElectionRestriction, EntriesStillOnTheirWayToTheDiskCount) {
    Subject voter({.log = {1}});
    voter.receive(two, 1, Append{.previous = at(1, 1), .commit = {}, .entries = {entry(1, 2)}});
    voter.pass(timeout_max);
    voter.ask(three, 5, VoteRequest{.pre = false, .last = at(1, 1)});
    EXPECT_FALSE(voter.only<VoteReply>(three).body.granted);
}

// 5.4.1: "a candidate must contact a majority of the cluster in order to be elected": it tells them its last
// entry.
TEST(ElectionRestriction, ACandidateTellsItsLastEntry) {
    Subject candidate({.log = {1, 1, 5}});
    candidate.time_out();
    for (const auto& request : candidate.sent<VoteRequest>())
        EXPECT_EQ(request.body.last, at(5, 3));
    candidate.become_candidate();
    for (const auto& request : candidate.sent<VoteRequest>())
        EXPECT_EQ(request.body.last, at(5, 3));
}

// 5.4.2: "Raft never commits log entries from previous terms by counting replicas. Only log entries from the
// leader's current term are committed by counting replicas."
TEST(CommitRule, EntriesOfEarlierTermsAreNotCommittedByCounting) {
    Subject leader({.log = {1, 2}, .term = 2});
    leader.become_leader();
    leader.acknowledge(two, 2);
    leader.acknowledge(three, 2);
    EXPECT_EQ(leader.commit(), 0u) << "all three have entry 2/2, but it is of an earlier term";
    leader.acknowledge(two, 3);
    EXPECT_EQ(leader.commit(), 3u) << "entry 3/3 commits all before it";
}

// Figure 8 (c) and (e), as S1 sees it: the entry of term 2 is on a majority and yet not committed until one
// of term 4 is.
TEST(CommitRule, Figure8) {
    Subject s1({.nodes = 5, .log = {1, 2}, .term = 3});
    s1.become_leader();
    ASSERT_EQ(s1.term(), 4u);
    s1.acknowledge(two, 2);
    s1.acknowledge(three, 2);
    EXPECT_EQ(s1.commit(), 0u);
    s1.acknowledge(two, 3);
    EXPECT_EQ(s1.commit(), 0u);
    s1.acknowledge(three, 3);
    EXPECT_EQ(s1.commit(), 3u);
}

// 5.4.2: the no-op alone carries everything over; no proposal of a client is needed.
TEST(CommitRule, TheNoOpCommitsWhatEarlierLeadersLeft) {
    Subject leader({.log = {1, 1, 2}, .commit = 1});
    leader.become_leader();
    ASSERT_EQ(leader.applied().size(), 1u);
    leader.acknowledge(three, 4);
    EXPECT_EQ(leader.commit(), 4u);
    EXPECT_EQ(leader.applied().size(), 4u);
}

// A reply of an earlier term says nothing about the log of this one.
TEST(CommitRule, AcknowledgementsOfAnEarlierTermDoNotCount) {
    Subject leader({.term = 2});
    leader.become_leader();
    ASSERT_EQ(leader.term(), 3u);
    leader.receive(two, 2, AppendReply{.accepted = true, .match = Index{1}, .hint = {}});
    leader.receive(three, 1, AppendReply{.accepted = true, .match = Index{1}, .hint = {}});
    EXPECT_EQ(leader.commit(), 0u);
}

// 5.3 and 5.4: a follower never gives up what is committed, whatever it is told.
TEST(CommitRule, ACommittedEntryIsNeverTruncated) {
    Subject follower({.log = {1, 1, 1}, .commit = 2});
    follower.ask(two, 2, Append{.previous = at(1, 1), .commit = {}, .entries = {entry(2, 2)}});
    EXPECT_EQ(follower.log(), log_of({1, 1, 1}));
    EXPECT_EQ(follower.status().ignored, 1u);
}

// Figure 2, persistent state: currentTerm and votedFor survive.
TEST(Restart, TermAndVoteSurvive) {
    Subject voter;
    voter.ask(two, 4, VoteRequest{.pre = false, .last = {}});
    ASSERT_TRUE(voter.only<VoteReply>(two).body.granted);
    voter.restart();
    EXPECT_EQ(voter.kind(), RoleKind::follower);
    EXPECT_EQ(voter.term(), 4u);
    voter.ask(three, 4, VoteRequest{.pre = false, .last = at(3, 9)});
    EXPECT_FALSE(voter.only<VoteReply>(three).body.granted);
    voter.ask(three, 3, VoteRequest{.pre = false, .last = at(3, 9)});
    EXPECT_FALSE(voter.only<VoteReply>(three).body.granted);
    EXPECT_EQ(voter.only<VoteReply>(three).term, Term{4});
    voter.ask(two, 4, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(voter.only<VoteReply>(two).body.granted);
}

// A candidate that restarts does not vote for another in the term in which it voted for itself.
TEST(Restart, TheVoteForItselfSurvives) {
    Subject candidate;
    candidate.become_candidate();
    candidate.restart();
    candidate.ask(two, 1, VoteRequest{.pre = false, .last = at(1, 1)});
    EXPECT_FALSE(candidate.only<VoteReply>(two).body.granted);
}

// Figure 2, persistent state: log[] survives as far as it was acknowledged.
TEST(Restart, AcknowledgedEntriesSurvive) {
    Subject follower;
    follower.ask(two, 1, Append{.previous = {}, .commit = {}, .entries = {entry(1, 1), entry(1, 2)}});
    ASSERT_TRUE(follower.only<AppendReply>(two).body.accepted);
    follower.restart();
    EXPECT_EQ(follower.status().last, Index{2});
    EXPECT_EQ(follower.status().durable, Index{2});
    follower.ask(two, 1, Append{.previous = at(1, 2), .commit = Index{2}, .entries = {}});
    EXPECT_TRUE(follower.only<AppendReply>(two).body.accepted);
    EXPECT_EQ(follower.applied(), log_of({1, 1}));
}

// What is known to be committed is applied again from the log, from the first entry that the state machine
// lacks.
TEST(Restart, CommittedEntriesAreAppliedAfterTheBase) {
    Subject from_empty({.log = {1, 1, 2, 2}, .commit = 3});
    EXPECT_EQ(from_empty.applied(), log_of({1, 1, 2}));
    Subject from_base({.log = {1, 1, 2, 2}, .commit = 3, .base = 2});
    EXPECT_EQ(from_base.applied(), (std::vector{entry(2, 3)}));
    EXPECT_EQ(from_base.status().last, Index{4});
    EXPECT_EQ(from_base.status().durable, Index{4});
}

}  // namespace
}  // namespace kvbus::raft::test
