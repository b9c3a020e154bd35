// ReadIndex (thesis 6.4): reads without a log entry, and never of a state older than the request.

#include <set>

#include "support.h"

namespace kvbus::raft::test {
namespace {

// Leader of `nodes` whose no-op is committed through the lowest-numbered others.
Subject leader_with_commit(std::uint64_t nodes = 3) {
    Subject leader({.nodes = nodes});
    leader.become_leader();
    for (std::uint64_t id = 2; id < 2 + nodes / 2; ++id)
        leader.acknowledge(NodeId{id}, 1);
    EXPECT_EQ(leader.commit(), 1u);
    return leader;
}

std::uint64_t newest_round(const Subject& leader, NodeId to) {
    std::uint64_t round = 0;
    for (const auto& beat : leader.sent<Heartbeat>(to))
        round = std::max(round, beat.body.round);
    return round;
}

void answer(Subject& leader, NodeId from, std::uint64_t round) {
    leader.receive(from, leader.term(), HeartbeatReply{.round = round, .last = leader.status().last});
}

// 6.4 step 3: "The leader issues a new round of heartbeats and waits for their acknowledgments from a
// majority of the cluster."
TEST(ReadIndex, WaitsForARoundOfHeartbeatsToAMajority) {
    Subject leader = leader_with_commit(5);
    const auto id = leader.read();
    ASSERT_TRUE(id.ok());
    EXPECT_TRUE(leader.grants().empty());
    std::set<NodeId> asked;
    for (const auto& beat : leader.sent<Heartbeat>())
        asked.insert(beat.to);
    EXPECT_EQ(asked, (std::set{two, three, four, five})) << "at once, not with the next regular heartbeat";
    const std::uint64_t round = newest_round(leader, two);
    answer(leader, two, round);
    EXPECT_TRUE(leader.grants().empty());
    answer(leader, four, round);
    ASSERT_EQ(leader.grants().size(), 1u);
    EXPECT_EQ(leader.grants().front().id, *id);
    EXPECT_EQ(leader.grants().front().index, Index{1});
}

// The same: a majority of servers, not of replies.
TEST(ReadIndex, RepeatedAcknowledgementsOfOneServerCountOnce) {
    Subject leader = leader_with_commit(5);
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t round = newest_round(leader, two);
    for (int i = 0; i < 5; ++i)
        answer(leader, two, round);
    EXPECT_TRUE(leader.grants().empty());
    answer(leader, three, round);
    EXPECT_EQ(leader.grants().size(), 1u);
}

// The same: "a new round". Acknowledgements of heartbeats sent before the read say nothing about now.
TEST(ReadIndex, AcknowledgementsOfAnEarlierRoundDoNotCount) {
    Subject leader = leader_with_commit();
    leader.pass(heartbeat);
    const std::uint64_t before = newest_round(leader, two);
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t round = newest_round(leader, two);
    EXPECT_GT(round, before);
    answer(leader, two, before);
    answer(leader, three, before);
    EXPECT_TRUE(leader.grants().empty());
    answer(leader, two, round);
    EXPECT_EQ(leader.grants().size(), 1u);
}

// A read that comes while a round is under way needs the next one: this one's heartbeats left before the read
// came.
TEST(ReadIndex, AReadDuringARoundIsNotGrantedByIt) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t first_round = newest_round(leader, two);
    const auto second = leader.read();
    ASSERT_TRUE(second.ok());
    std::uint64_t second_round = newest_round(leader, two);
    answer(leader, two, first_round);
    for (const ReadGrant& grant : leader.grants())
        EXPECT_NE(grant.id, *second);
    second_round = std::max(second_round, newest_round(leader, two));
    ASSERT_GT(second_round, first_round) << "the next round must start at the latest when this one ends";
    answer(leader, two, second_round);
    ASSERT_EQ(leader.grants().size(), 1u);
    EXPECT_EQ(leader.grants().front().id, *second);
}

// 6.4: "the leader … can do this for any number of read-only queries that it has accumulated".
TEST(ReadIndex, OneRoundServesAllReadsThatWaited) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t first_round = newest_round(leader, two);
    std::set<ReadId> waiting;
    std::size_t heartbeats = 0;
    for (int i = 0; i < 10; ++i) {
        waiting.insert(*leader.read());
        heartbeats += leader.sent<Heartbeat>(two).size();
    }
    answer(leader, two, first_round);
    heartbeats += leader.sent<Heartbeat>(two).size();
    EXPECT_EQ(heartbeats, 1u) << "one round for all ten";
    answer(leader, two, newest_round(leader, two));
    std::set<ReadId> granted;
    for (const ReadGrant& grant : leader.grants())
        granted.insert(grant.id);
    EXPECT_EQ(granted, waiting);
}

// 6.4 step 1: "If the leader has not yet marked an entry from its current term committed, it waits until it
// has done so."
TEST(ReadIndex, IsNotGrantedBeforeAnEntryOfTheOwnTermIsCommitted) {
    Subject leader({.log = {1, 1, 1}, .commit = 1});
    leader.become_leader();
    const auto id = leader.read();
    ASSERT_TRUE(id.ok()) << "it waits, it is not refused";
    std::vector<ReadGrant> grants;
    const auto keep_grants = [&] {
        grants.insert(grants.end(), leader.grants().begin(), leader.grants().end());
    };
    for (int beat = 0; beat < 5; ++beat) {
        leader.pass(heartbeat);
        keep_grants();
        const std::uint64_t round = newest_round(leader, two);
        for (const NodeId follower : {two, three}) {
            answer(leader, follower, round);
            keep_grants();
        }
        leader.acknowledge(two, 3);  // of the earlier term: not enough
        keep_grants();
    }
    EXPECT_TRUE(grants.empty());

    leader.acknowledge(two, 4);
    ASSERT_EQ(leader.commit(), 4u);
    for (int beat = 0; beat < 3 && grants.empty(); ++beat) {
        keep_grants();
        if (const std::uint64_t round = newest_round(leader, two); round != 0) answer(leader, two, round);
        keep_grants();
        leader.pass(heartbeat);
    }
    ASSERT_EQ(grants.size(), 1u);
    EXPECT_EQ(grants.front().id, *id);
    EXPECT_EQ(grants.front().index, Index{4}) << "all that earlier leaders committed";
}

// 6.4 step 2: "The leader saves its current commit index": what is only proposed is not waited for.
TEST(ReadIndex, ReadsAtTheCommitIndexNotAtTheEndOfTheLog) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.propose("a").ok());
    ASSERT_TRUE(leader.read().ok());
    answer(leader, two, newest_round(leader, two));
    ASSERT_EQ(leader.grants().size(), 1u);
    EXPECT_EQ(leader.grants().front().index, Index{1});
}

// 6.4: what was committed when the read came is covered.
TEST(ReadIndex, ReadsAtLeastWhatWasCommittedWhenItCame) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.propose("a").ok());
    leader.acknowledge(two, 2);
    leader.acknowledge(three, 2);
    ASSERT_EQ(leader.commit(), 2u);
    ASSERT_TRUE(leader.read().ok());
    answer(leader, three, newest_round(leader, three));
    ASSERT_EQ(leader.grants().size(), 1u);
    EXPECT_EQ(leader.grants().front().index, Index{2});
}

// 6.4: a deposed leader must not answer from its past.
TEST(ReadIndex, ADeposedLeaderGrantsNothing) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t round = newest_round(leader, two);
    leader.receive(three, 5, HeartbeatReply{.round = round, .last = {}});
    EXPECT_TRUE(leader.grants().empty());
    leader.receive(two, 1, HeartbeatReply{.round = round, .last = {}});
    EXPECT_TRUE(leader.grants().empty());
    EXPECT_FALSE(leader.read().ok());
}

// A reply of an earlier term of this leader's does not confirm this one.
TEST(ReadIndex, AcknowledgementsOfAnEarlierTermDoNotCount) {
    Subject leader({.term = 4});
    leader.become_leader();
    leader.acknowledge(two, 1);
    ASSERT_EQ(leader.commit(), 1u);
    ASSERT_TRUE(leader.read().ok());
    const std::uint64_t round = newest_round(leader, two);
    leader.receive(two, 4, HeartbeatReply{.round = round, .last = Index{1}});
    leader.receive(three, 3, HeartbeatReply{.round = round, .last = Index{1}});
    EXPECT_TRUE(leader.grants().empty());
}

// A follower cannot confirm a round that was never started.
TEST(ReadIndex, ARoundFromTheFutureConfirmsNothing) {
    Subject leader = leader_with_commit();
    ASSERT_TRUE(leader.read().ok());
    answer(leader, two, newest_round(leader, two) + 1'000);
    EXPECT_TRUE(leader.grants().empty());
    ASSERT_TRUE(leader.read().ok());
    EXPECT_TRUE(leader.grants().empty());
}

// A lost heartbeat or reply delays a read; it does not lose it.
TEST(ReadIndex, ARoundIsRepeatedUntilAnswered) {
    Subject leader = leader_with_commit();
    const auto id = leader.read();
    ASSERT_TRUE(id.ok());
    leader.pass(heartbeat);
    ASSERT_FALSE(leader.sent<Heartbeat>(three).empty());
    answer(leader, three, newest_round(leader, three));
    ASSERT_EQ(leader.grants().size(), 1u);
    EXPECT_EQ(leader.grants().front().id, *id);
}

// A cluster of one is its own majority.
TEST(ReadIndex, ALeaderAloneGrantsAtOnce) {
    Subject alone({.nodes = 1});
    alone.time_out();
    alone.persist();
    ASSERT_EQ(alone.commit(), 1u);
    const auto id = alone.read();
    ASSERT_TRUE(id.ok());
    ASSERT_EQ(alone.grants().size(), 1u);
    EXPECT_EQ(alone.grants().front().id, *id);
    EXPECT_EQ(alone.grants().front().index, Index{1});
}

// 6.4: "followers … would issue a request to the leader that just asks for its current readIndex."
TEST(ReadIndex, AFollowerAsksTheLeader) {
    Subject follower;
    EXPECT_EQ(follower.read().error().code, Code::unavailable) << "no leader is known";
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    const auto id = follower.read();
    ASSERT_TRUE(id.ok());
    EXPECT_TRUE(follower.grants().empty());
    const auto request = follower.only<ReadRequest>(two);
    EXPECT_EQ(request.term, Term{1});
    follower.receive(two, 1, ReadReply{.id = request.body.id, .index = Index{3}});
    ASSERT_EQ(follower.grants().size(), 1u);
    EXPECT_EQ(follower.grants().front().id, *id);
    EXPECT_EQ(follower.grants().front().index, Index{3});
    follower.receive(two, 1, ReadReply{.id = request.body.id, .index = Index{9}});
    EXPECT_TRUE(follower.grants().empty()) << "once is enough";
}

// An answer that belongs to no open read grants none: one of another node's, or one from before a restart.
TEST(ReadIndex, AnAnswerToAnotherReadGrantsNothing) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    ASSERT_TRUE(follower.read().ok());
    const ReadId before = follower.only<ReadRequest>(two).body.id;
    follower.restart();
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 2});
    ASSERT_TRUE(follower.read().ok());
    ASSERT_NE(follower.only<ReadRequest>(two).body.id, before);
    follower.receive(two, 1, ReadReply{.id = before, .index = Index{0}});
    EXPECT_TRUE(follower.grants().empty());
}

// The leader answers a follower's request by the same rule as its own reads.
TEST(ReadIndex, TheLeaderAnswersAFollowerAfterARound) {
    Subject leader = leader_with_commit();
    leader.receive(three, 1, ReadRequest{.id = ReadId{77}});
    EXPECT_TRUE(leader.sent<ReadReply>().empty());
    const std::uint64_t round = newest_round(leader, two);
    ASSERT_NE(round, 0u);
    answer(leader, two, round);
    const auto reply = leader.only<ReadReply>(three);
    EXPECT_EQ(reply.term, Term{1});
    EXPECT_EQ(reply.body, (ReadReply{.id = ReadId{77}, .index = Index{1}}));
    EXPECT_TRUE(leader.grants().empty()) << "it is not the leader's own read";
}

// … and not before an entry of its own term is committed either.
TEST(ReadIndex, TheLeaderDoesNotAnswerAFollowerBeforeItsOwnTermCommits) {
    Subject leader({.log = {1, 1}});
    leader.become_leader();
    leader.receive(three, leader.term(), ReadRequest{.id = ReadId{77}});
    answer(leader, two, newest_round(leader, two));
    EXPECT_TRUE(leader.sent<ReadReply>().empty());
    answer(leader, three, newest_round(leader, three));
    EXPECT_TRUE(leader.sent<ReadReply>().empty());
}

// Only a leader answers.
TEST(ReadIndex, AFollowerAnswersNoRequest) {
    Subject follower;
    follower.ask(two, 1, Heartbeat{.commit = {}, .round = 1});
    follower.receive(three, 1, ReadRequest{.id = ReadId{5}});
    EXPECT_TRUE(follower.sent<ReadReply>().empty());
}

}  // namespace
}  // namespace kvbus::raft::test
