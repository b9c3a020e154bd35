// Writes that take their time (thesis 10.2.1): what may leave the node before they are durable and what may
// not, and what a completed write says after its entries were replaced.

#include "support.h"

namespace kvbus::raft::test {
namespace {

// 10.2.1: "The leader can … write to its disk in parallel with replicating to the followers".
TEST(AsyncAppend, TheLeaderSendsBeforeItsOwnWriteIsDurable) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    ASSERT_TRUE(leader.propose("a").ok());
    EXPECT_EQ(leader.disk().in_flight().size(), 1u);
    EXPECT_EQ(leader.only<Append>(two).body.entries, (std::vector{entry(1, 2, "a")}));
}

// 10.2.1: the leader "counts itself" only once its own write is durable.
TEST(AsyncAppend, TheLeaderCountsItselfOnlyOnceDurable) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    ASSERT_TRUE(leader.propose("a").ok());
    leader.acknowledge(two, 2);
    EXPECT_EQ(leader.commit(), 1u);
    leader.persist();
    EXPECT_EQ(leader.commit(), 2u);
    EXPECT_EQ(leader.applied().size(), 2u);
}

// 10.2.1: "The leader may even commit an entry before it has been written to its own disk, if a majority of
// followers have written it to their disks".
TEST(AsyncAppend, FollowersAloneCanBeTheMajority) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    ASSERT_TRUE(leader.propose("a").ok());
    leader.acknowledge(two, 2);
    leader.acknowledge(three, 2);
    EXPECT_EQ(leader.commit(), 2u);
    EXPECT_EQ(leader.applied().size(), 2u);
    EXPECT_EQ(leader.status().durable, Index{1});
}

// The stored commit index never exceeds what is durable with it (MemoryDisk checks each write), also when it
// runs ahead.
TEST(AsyncAppend, TheStoredCommitIndexDoesNotRunAheadOfTheLog) {
    Subject leader;
    leader.become_leader();
    ASSERT_TRUE(leader.propose("a").ok());
    ASSERT_TRUE(leader.propose("b").ok());
    leader.acknowledge(two, 3);
    leader.acknowledge(three, 3);
    ASSERT_EQ(leader.commit(), 3u);
    leader.persist_one();
    EXPECT_LE(leader.disk().durable().hard_state.commit.value, leader.disk().durable().log.size());
    leader.restart();
    EXPECT_EQ(leader.status().last, Index{2});
}

// A cluster of one commits nothing before it is durable.
TEST(AsyncAppend, AServerAloneCommitsOnceDurable) {
    Subject alone({.nodes = 1});
    alone.time_out();
    alone.persist();
    ASSERT_TRUE(alone.propose("a").ok());
    EXPECT_EQ(alone.commit(), 1u);
    alone.persist();
    EXPECT_EQ(alone.commit(), 2u);
}

// Figure 2: "Updated on stable storage before responding to RPCs": an acknowledgement waits for its entries.
TEST(AsyncAppend, AFollowerAcknowledgesOnlyOnceDurable) {
    Subject follower;
    follower.receive(two, 1, append({}, {entry(1, 1)}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.receive(two, 1, append(at(1, 1), {entry(1, 2)}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    EXPECT_EQ(follower.status().durable, Index{0});
    follower.persist_one();
    for (const auto& reply : follower.sent<AppendReply>())
        EXPECT_LE(reply.body.match, Index{1});
    EXPECT_EQ(follower.status().durable, Index{1});
    follower.persist();
    ASSERT_FALSE(follower.sent<AppendReply>(two).empty());
    EXPECT_EQ(follower.sent<AppendReply>(two).back().body.match, Index{2});
}

// The same when the request repeats what is already on its way to the disk: the second reply must wait as
// well.
TEST(AsyncAppend, ARepeatedRequestIsAcknowledgedOnlyOnceDurable) {
    Subject follower;
    follower.receive(two, 1, append({}, {entry(1, 1)}));
    follower.receive(two, 1, append({}, {entry(1, 1)}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.receive(two, 1, append(at(1, 1), {}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.persist_one();
    for (const auto& reply : follower.sent<AppendReply>())
        EXPECT_LE(reply.body.match, Index{1});
}

// The new term is part of what must be durable: else the node could vote in it again after a restart.
TEST(AsyncAppend, AnAcknowledgementWaitsForTheTermToo) {
    Subject follower({.log = {1}, .term = 1});
    follower.receive(two, 2, append(at(1, 1), {}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.persist();
    EXPECT_TRUE(follower.only<AppendReply>(two).body.accepted);
    EXPECT_EQ(follower.disk().durable().hard_state.term, Term{2});
}

// Heartbeats carry ReadIndex rounds and "must never wait behind a write".
TEST(AsyncAppend, AHeartbeatIsAnsweredWhileWritesAreInFlight) {
    Subject follower({.term = 1});
    follower.receive(two, 1, append({}, {entry(1, 1)}));
    follower.receive(two, 1, Heartbeat{.commit = {}, .round = 4});
    EXPECT_EQ(follower.only<HeartbeatReply>(two).body, (HeartbeatReply{.round = 4, .last = Index{1}}));
}

// Figure 2, persistent state: a vote is told only once it is durable.
TEST(AsyncAppend, AVoteIsGrantedOnlyOnceDurable) {
    Subject voter;
    voter.receive(two, 1, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(voter.outbox().empty());
    voter.receive(two, 1, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(voter.outbox().empty()) << "repeating the request does not make the vote durable";
    voter.persist();
    ASSERT_FALSE(voter.sent<VoteReply>(two).empty());
    EXPECT_TRUE(voter.sent<VoteReply>(two).front().body.granted);
}

// A vote that was lost in a crash was never told, so another may get it.
TEST(AsyncAppend, AVoteLostInACrashBindsNobody) {
    Subject voter;
    voter.receive(two, 1, VoteRequest{.pre = false, .last = {}});
    voter.restart();
    EXPECT_EQ(voter.term(), 0u);
    voter.ask(three, 1, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(voter.only<VoteReply>(three).body.granted);
}

// A candidate's own vote is a vote: nobody is asked before it is durable.
TEST(AsyncAppend, VotesAreRequestedOnlyOnceTheOwnVoteIsDurable) {
    Subject candidate;
    candidate.time_out();
    candidate.receive(two, 1, VoteReply{.pre = true, .granted = true});
    ASSERT_EQ(candidate.kind(), RoleKind::candidate);
    EXPECT_TRUE(candidate.sent<VoteRequest>().empty());
    ASSERT_EQ(candidate.disk().in_flight().size(), 1u);
    EXPECT_EQ(candidate.disk().in_flight().front().hard_state, (HardState{Term{1}, one, Index{0}}));
    candidate.persist();
    EXPECT_FALSE(candidate.only<VoteRequest>(two).body.pre);
    EXPECT_FALSE(candidate.only<VoteRequest>(three).body.pre);
}

// Truncation takes back durability: entry 2 is not durable again until its new version is.
TEST(AsyncAppend, ATruncationClipsTheDurableIndex) {
    Subject follower({.log = {1, 1, 1}});
    ASSERT_EQ(follower.status().durable, Index{3});
    follower.receive(two, 2, append(at(1, 1), {entry(2, 2)}));
    EXPECT_EQ(follower.status().durable, Index{1});
    EXPECT_EQ(follower.status().last, Index{2});
    follower.persist();
    EXPECT_EQ(follower.status().durable, Index{2});
}

// The ABA race: entry 2 of term 2 is on its way to the disk, is replaced by entry 2 of term 3, and then the
// first write completes. It has made no part of the new log beyond entry 1 durable.
TEST(AsyncAppend, TheWriteOfAReplacedEntryDoesNotMakeItsSuccessorDurable) {
    Subject follower({.log = {1}, .term = 2});
    follower.receive(two, 2, append(at(1, 1), {entry(2, 2, "old")}));
    follower.receive(three, 3, append(at(1, 1), {entry(3, 2, "new")}));
    ASSERT_EQ(follower.disk().in_flight().size(), 2u);
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{1});
    EXPECT_TRUE(follower.sent<AppendReply>(three).empty());
    follower.receive(three, 3, append(at(1, 1), {entry(3, 2, "new")}));
    EXPECT_TRUE(follower.sent<AppendReply>(three).empty()) << "asked again, the answer is the same";
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{2});
    ASSERT_FALSE(follower.sent<AppendReply>(three).empty());
    EXPECT_EQ(follower.sent<AppendReply>(three).front().term, Term{3});
    EXPECT_EQ(follower.sent<AppendReply>(three).front().body.match, Index{2});
    EXPECT_EQ(follower.disk().durable().log, (std::vector{entry(1, 1), entry(3, 2, "new")}));
}

// ABA with several writes in flight on each side and the replacement longer than what it replaces.
TEST(AsyncAppend, NoneOfTheReplacedWritesCounts) {
    Subject follower({.log = {1}, .term = 2});
    follower.receive(two, 2, append(at(1, 1), {entry(2, 2)}));
    follower.receive(two, 2, append(at(2, 2), {entry(2, 3)}));
    follower.receive(two, 2, append(at(2, 3), {entry(2, 4)}));
    follower.receive(three, 3, append(at(2, 2), {entry(3, 3), entry(3, 4), entry(3, 5)}));
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{2}) << "entry 2 stands in both logs";
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{2});
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{2});
    EXPECT_TRUE(follower.sent<AppendReply>(three).empty());
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{5});
}

// ABA on the way to leadership: writes of replaced entries must not make a later leader count itself too
// early.
TEST(AsyncAppend, AFormerWriteDoesNotMakeANewLeaderCountItself) {
    Subject node({.log = {1}, .term = 2});
    node.receive(two, 2, append(at(1, 1), {entry(2, 2), entry(2, 3), entry(2, 4)}));
    node.receive(three, 3, append(at(1, 1), {entry(3, 2)}));
    node.persist();
    ASSERT_EQ(node.status().durable, Index{2});
    node.become_candidate();
    node.receive(two, 4, VoteReply{.pre = false, .granted = true});
    ASSERT_EQ(node.kind(), RoleKind::leader);
    ASSERT_EQ(node.status().last, Index{3});
    node.acknowledge(two, 3);
    EXPECT_EQ(node.commit(), 0u) << "its own no-op is still on its way to the disk";
    node.persist();
    EXPECT_EQ(node.commit(), 3u);
}

// ABA of a deposed leader: its own unreplicated entries are replaced while their write is in flight.
TEST(AsyncAppend, ADeposedLeadersWriteDoesNotVouchForItsSuccessorsEntries) {
    Subject node;
    node.become_leader();
    ASSERT_TRUE(node.propose("mine").ok());
    ASSERT_EQ(node.disk().in_flight().size(), 1u);
    node.receive(three, 5, append(at(1, 1), {entry(5, 2, "theirs")}, 1));
    EXPECT_EQ(node.kind(), RoleKind::follower);
    node.persist_one();
    EXPECT_EQ(node.status().durable, Index{1});
    EXPECT_TRUE(node.sent<AppendReply>().empty());
    node.persist();
    EXPECT_EQ(node.only<AppendReply>(three).body.match, Index{2});
    EXPECT_EQ(node.disk().durable().log.back(), entry(5, 2, "theirs"));
}

// What was in flight at a crash is gone, and was never acknowledged.
TEST(AsyncAppend, ACrashLosesOnlyWhatWasNotAcknowledged) {
    Subject follower;
    follower.ask(two, 1, append({}, {entry(1, 1)}));
    EXPECT_EQ(follower.only<AppendReply>(two).body.match, Index{1});
    follower.receive(two, 1, append(at(1, 1), {entry(1, 2)}));
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.restart();
    EXPECT_EQ(follower.status().last, Index{1});
    follower.receive(two, 1, Heartbeat{.commit = {}, .round = 1});
    EXPECT_EQ(follower.only<HeartbeatReply>(two).body.last, Index{1}) << "shows the leader what was lost";
}

// Completions may be told in groups: one call for all writes of a sync.
TEST(AsyncAppend, WritesWithOnlyPromisesAreNumberedAndKeptInOrder) {
    Subject follower({.log = {1}, .term = 1});
    follower.receive(two, 1, append(at(1, 1), {entry(1, 2)}));
    follower.receive(two, 1, append(at(1, 2), {}));
    for (const Write& write : follower.disk().in_flight())
        EXPECT_LE(write.id, WriteId{2});
    EXPECT_TRUE(follower.sent<AppendReply>().empty());
    follower.persist();
    EXPECT_FALSE(follower.sent<AppendReply>(two).empty());
}

}  // namespace
}  // namespace kvbus::raft::test
