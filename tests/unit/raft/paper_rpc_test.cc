// Figure 2 of the Raft paper: the state of a new server, and what the receivers of the two RPCs do.

#include "support.h"

namespace kvbus::raft::test {
namespace {

AppendReply accepted(std::uint64_t match) {
    return {.accepted = true, .match = Index{match}, .hint = {}};
}

// State: "currentTerm: latest term server has seen (initialized to 0 on first boot)"; "votedFor … (or null if
// none)"; "commitIndex … (initialized to 0)". 5.2: "When servers start up, they begin as followers."
TEST(Figure2State, AServerStartsAsAFollowerInTermZeroWithNothingCommitted) {
    Subject server;
    EXPECT_EQ(server.kind(), RoleKind::follower);
    EXPECT_EQ(server.term(), 0u);
    EXPECT_EQ(server.leader(), NodeId{});
    EXPECT_EQ(server.commit(), 0u);
    EXPECT_EQ(server.status().last, Index{0});
    EXPECT_TRUE(server.outbox().empty());
    EXPECT_TRUE(server.applied().empty());
}

// RequestVote 1: "Reply false if term < currentTerm (5.1)."
TEST(Figure2RequestVote, RepliesFalseIfTermIsLessThanCurrentTerm) {
    Subject voter({.term = 3});
    voter.ask(two, 2, VoteRequest{.pre = false, .last = at(2, 9)});
    const auto reply = voter.only<VoteReply>(two);
    EXPECT_EQ(reply.term, Term{3});
    EXPECT_EQ(reply.body, (VoteReply{.pre = false, .granted = false}));
    EXPECT_EQ(voter.disk().durable().hard_state.vote, NodeId{});
}

// RequestVote 2: "If votedFor is null or candidateId, and candidate's log is at least as up-to-date as
// receiver's log, grant vote."
TEST(Figure2RequestVote, GrantsIfVotedForIsNullOrTheCandidate) {
    struct Case {
        NodeId voted_for;
        bool granted;
    };
    for (const auto& [voted_for, granted] : {Case{NodeId{}, true}, Case{two, true}, Case{three, false}}) {
        SCOPED_TRACE(voted_for.value);
        Subject voter({.log = {1, 1}, .term = 3, .vote = voted_for});
        voter.ask(two, 3, VoteRequest{.pre = false, .last = at(1, 2)});
        EXPECT_EQ(voter.only<VoteReply>(two).body.granted, granted);
        EXPECT_EQ(voter.only<VoteReply>(two).term, Term{3});
        EXPECT_EQ(voter.disk().durable().hard_state.vote, granted ? two : voted_for);
    }
}

// AppendEntries 1: "Reply false if term < currentTerm (5.1)."
TEST(Figure2AppendEntries, RepliesFalseIfTermIsLessThanCurrentTerm) {
    Subject follower({.log = {1}, .term = 3});
    follower.ask(two, 2, Append{.previous = at(1, 1), .commit = Index{1}, .entries = {entry(2, 2)}});
    const auto reply = follower.only<AppendReply>(two);
    EXPECT_EQ(reply.term, Term{3});
    EXPECT_FALSE(reply.body.accepted);
    EXPECT_EQ(follower.log(), log_of({1}));
    EXPECT_EQ(follower.commit(), 0u);
    EXPECT_EQ(follower.leader(), NodeId{});
}

// AppendEntries 2: "Reply false if log doesn't contain an entry at prevLogIndex whose term matches
// prevLogTerm (5.3)."
TEST(Figure2AppendEntries, RepliesFalseIfThePreviousEntryIsMissingOrOfAnotherTerm) {
    for (const EntryId previous : {at(1, 3), at(2, 7), at(2, 2), at(2, 1)}) {
        SCOPED_TRACE(describe(previous));
        Subject follower({.log = {1, 1}, .term = 3});
        const Index next = previous.index + 1;
        follower.ask(two, 3, Append{.previous = previous, .commit = {}, .entries = {entry(3, next.value)}});
        const auto reply = follower.only<AppendReply>(two);
        EXPECT_EQ(reply.term, Term{3});
        EXPECT_FALSE(reply.body.accepted);
        EXPECT_EQ(reply.body.match, previous.index) << "names the entry it refused";
        EXPECT_LE(reply.body.hint.index, previous.index);
        EXPECT_NE(reply.body.hint, previous) << "it cannot match there";
        EXPECT_EQ(follower.log(), log_of({1, 1}));
    }
}

// AppendEntries 3: "If an existing entry conflicts with a new one (same index but different terms), delete
// the existing entry and all that follow it (5.3)."
TEST(Figure2AppendEntries, DeletesAConflictingEntryAndAllThatFollow) {
    Subject follower({.log = {1, 1, 1, 1}});
    follower.ask(two, 2, Append{.previous = at(1, 1), .commit = {}, .entries = {entry(2, 2)}});
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(2));
    EXPECT_EQ(follower.log(), log_of({1, 2}));
    EXPECT_EQ(follower.disk().durable().log, log_of({1, 2}));
    EXPECT_EQ(follower.status().last, Index{2});
}

// AppendEntries 3, where only the second of the new entries conflicts.
TEST(Figure2AppendEntries, KeepsWhatMatchesBeforeTheConflict) {
    Subject follower({.log = {1, 1, 1}});
    follower.receive(two, 2,
                     Append{.previous = at(1, 1), .commit = {}, .entries = {entry(1, 2), entry(2, 3)}});
    ASSERT_EQ(follower.disk().in_flight().size(), 1u);
    EXPECT_EQ(follower.disk().in_flight().front().truncate_from, Index{3});
    EXPECT_EQ(follower.disk().in_flight().front().append, (std::vector{entry(2, 3)}));
    follower.persist();
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(3));
    EXPECT_EQ(follower.log(), log_of({1, 1, 2}));
}

// AppendEntries 4: "Append any new entries not already in the log."
TEST(Figure2AppendEntries, AppendsOnlyTheEntriesNotAlreadyInTheLog) {
    Subject follower({.log = {1, 1}});
    follower.receive(two, 1,
                     Append{.previous = at(1, 1), .commit = {}, .entries = {entry(1, 2), entry(1, 3)}});
    ASSERT_EQ(follower.disk().in_flight().size(), 1u);
    EXPECT_FALSE(follower.disk().in_flight().front().truncate_from);
    EXPECT_EQ(follower.disk().in_flight().front().append, (std::vector{entry(1, 3)}));
    follower.persist();
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(3));
}

// AppendEntries 3 and 4: a delayed request that carries less than the log holds conflicts with nothing, so
// nothing is deleted; and it vouches for no more than it carries.
TEST(Figure2AppendEntries, ADelayedShorterRequestDeletesNothing) {
    Subject follower({.log = {1, 1, 1}});
    follower.ask(two, 1, Append{.previous = {}, .commit = {}, .entries = {entry(1, 1)}});
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(1));
    EXPECT_EQ(follower.log(), log_of({1, 1, 1}));

    follower.ask(two, 1, Append{.previous = at(1, 2), .commit = {}, .entries = {}});
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(2));
    EXPECT_EQ(follower.log(), log_of({1, 1, 1}));
}

// AppendEntries 5: "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
// entry)."
TEST(Figure2AppendEntries, CommitsUpToTheLeadersCommitButNotBeyondWhatItVerified) {
    struct Case {
        EntryId previous;
        std::vector<Entry> entries;
        std::uint64_t leader_commit;
        std::uint64_t commit;
    };
    const std::vector<Case> cases{
        {at(1, 3), {}, 2, 2},             // the leader's commit is the smaller one
        {at(1, 3), {}, 3, 3},             //
        {at(1, 1), {}, 3, 1},             // entries 2 and 3 may not be the leader's
        {at(1, 1), {entry(1, 2)}, 3, 2},  //
        {at(1, 3), {entry(1, 4)}, 4, 4},  // what has just come counts
        {at(1, 3), {entry(1, 4)}, 9, 4},  //
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(describe(c.previous) + " commit " + std::to_string(c.leader_commit));
        Subject follower({.log = {1, 1, 1}});
        follower.ask(two, 1,
                     Append{.previous = c.previous, .commit = Index{c.leader_commit}, .entries = c.entries});
        EXPECT_EQ(follower.commit(), c.commit);
        EXPECT_EQ(follower.applied().size(), c.commit);
    }
}

// AppendEntries 5: commitIndex never decreases.
TEST(Figure2AppendEntries, AnOlderLeaderCommitChangesNothing) {
    Subject follower({.log = {1, 1, 1}});
    follower.ask(two, 1, Append{.previous = at(1, 3), .commit = Index{3}, .entries = {}});
    follower.ask(two, 1, Append{.previous = at(1, 3), .commit = Index{1}, .entries = {}});
    follower.ask(two, 1, Heartbeat{.commit = Index{2}, .round = 1});
    EXPECT_EQ(follower.commit(), 3u);
    EXPECT_EQ(follower.applied().size(), 3u);
}

// AppendEntries: "invoked by leader …; also used as heartbeat". A rejected request commits nothing.
TEST(Figure2AppendEntries, ARejectedRequestCommitsNothing) {
    Subject follower({.log = {1, 1, 1}, .term = 2});
    follower.ask(two, 2, Append{.previous = at(2, 3), .commit = Index{3}, .entries = {}});
    EXPECT_FALSE(follower.only<AppendReply>(two).body.accepted);
    EXPECT_EQ(follower.commit(), 0u);
}

// A heartbeat's commit is cut by the leader to what this follower is known to have, so it can be taken as it
// is.
TEST(Figure2AppendEntries, AHeartbeatMovesTheCommitIndex) {
    Subject follower({.log = {1, 1, 1}});
    follower.receive(two, 1, Heartbeat{.commit = Index{2}, .round = 7});
    EXPECT_EQ(follower.commit(), 2u);
    EXPECT_EQ(follower.leader(), two);
    EXPECT_EQ(follower.only<HeartbeatReply>(two).body, (HeartbeatReply{.round = 7, .last = Index{3}}));
}

// AppendEntries, leaderId: "so follower can redirect clients".
TEST(Figure2AppendEntries, TheFollowerLearnsItsLeader) {
    Subject follower;
    follower.ask(three, 4, Append{.previous = {}, .commit = {}, .entries = {entry(4, 1)}});
    EXPECT_EQ(follower.leader(), three);
    EXPECT_EQ(follower.term(), 4u);
    const auto refused = follower.propose("x");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::unavailable);
}

// Rules for all servers: "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to
// state machine."
TEST(Figure2AllServers, AppliesCommittedEntriesInOrderAndOnce) {
    Subject follower({.log = {1, 1, 2, 2}});
    follower.ask(two, 2, Heartbeat{.commit = Index{2}, .round = 1});
    EXPECT_EQ(follower.applied(), log_of({1, 1}));
    follower.ask(two, 2, Heartbeat{.commit = Index{2}, .round = 2});
    follower.ask(two, 2, Heartbeat{.commit = Index{4}, .round = 3});
    EXPECT_EQ(follower.applied(), log_of({1, 1, 2, 2}));
}

}  // namespace
}  // namespace kvbus::raft::test
