#include "raft/progress.h"

#include <gtest/gtest.h>

namespace kvbus::raft {
namespace {

constexpr std::uint64_t window = 100;

Progress fresh(std::uint64_t next) {
    return {NodeId{2}, Index{next}, Instant{}};
}

// A follower that matches up to `match` and was sent entries of ten bytes each up to `last`, one Append per
// entry.
Progress replicating(std::uint64_t match, std::uint64_t last) {
    Progress progress = fresh(match + 1);
    progress.sent(Index{match}, 0);
    progress.accepted(Index{match});
    for (std::uint64_t index = match + 1; index <= last; ++index)
        progress.sent(Index{index}, 10);
    return progress;
}

TEST(Progress, ProbesWithOneAppendAtATime) {
    Progress progress = fresh(5);
    EXPECT_TRUE(progress.may_send(1000, window));
    progress.sent(Index{7}, 30);
    EXPECT_EQ(progress.next(), Index{5}) << "nothing is taken for granted";
    EXPECT_FALSE(progress.may_send(1, window));
}

TEST(Progress, SendsAheadOnceTheLogsAreKnownToMatch) {
    Progress progress = fresh(5);
    progress.sent(Index{7}, 30);
    progress.accepted(Index{7});
    EXPECT_EQ(progress.pace(), Pace::replicate);
    EXPECT_EQ(progress.match(), Index{7});
    EXPECT_EQ(progress.next(), Index{8});
    progress.sent(Index{8}, 10);
    EXPECT_EQ(progress.next(), Index{9});
}

TEST(Progress, FillsTheWindowAndNoMore) {
    Progress progress = replicating(3, 11);  // 80 bytes
    EXPECT_TRUE(progress.may_send(20, window));
    EXPECT_FALSE(progress.may_send(21, window));
    progress.accepted(Index{4});
    EXPECT_TRUE(progress.may_send(21, window));
    EXPECT_EQ(progress.bytes_in_flight(), 70u);
}

TEST(Progress, AnEntryLargerThanTheWindowGoesAlone) {
    EXPECT_TRUE(replicating(3, 3).may_send(window * 5, window));
    EXPECT_FALSE(replicating(3, 4).may_send(window * 5, window));
}

TEST(Progress, OneAcknowledgementCoversAllBeforeIt) {
    Progress progress = replicating(3, 9);
    progress.accepted(Index{8});
    EXPECT_EQ(progress.match(), Index{8});
    EXPECT_EQ(progress.bytes_in_flight(), 10u);
    progress.accepted(Index{6});  // overtaken
    EXPECT_EQ(progress.match(), Index{8});
    EXPECT_EQ(progress.next(), Index{10});
}

TEST(Progress, ARefusalMovesTheProbeToTheHintButNeverBelowTheMatch) {
    struct Case {
        std::uint64_t next, refused, candidate;
        bool believed;
        std::uint64_t next_after;
    };
    const Case cases[] = {
        {10, 9, 4, true, 5},                            // one step over the whole difference
        {10, 9, 9, true, 9},                            // a hint that leads nowhere: one entry back
        {10, 9, 0, true, 1},    {10, 6, 4, false, 10},  // the answer to an earlier probe
        {10, 12, 4, false, 10},
    };
    for (const Case& c : cases) {
        Progress progress = fresh(c.next);
        progress.sent(Index{c.next - 1}, 0);
        EXPECT_EQ(progress.rejected(Index{c.refused}, Index{c.candidate}), c.believed);
        EXPECT_EQ(progress.next(), Index{c.next_after});
        EXPECT_EQ(progress.may_send(0, window), c.believed);
    }
}

TEST(Progress, ARefusalWhileReplicatingMeansALostMessage) {
    Progress progress = replicating(3, 9);
    EXPECT_TRUE(progress.rejected(Index{7}, Index{4}));
    EXPECT_EQ(progress.pace(), Pace::probe);
    EXPECT_EQ(progress.next(), Index{4});
    EXPECT_TRUE(progress.is_idle());
    EXPECT_FALSE(progress.rejected(Index{8}, Index{4}))
        << "the next message in the pipeline, refused as well";
    EXPECT_FALSE(replicating(3, 9).rejected(Index{2}, Index{1})) << "it has that entry";
}

TEST(Progress, AnOldAcknowledgementDoesNotEndAProbe) {
    Progress progress = replicating(3, 9);
    (void)progress.rejected(Index{7}, Index{4});
    progress.sent(Index{9}, 60);
    progress.accepted(Index{2});
    EXPECT_EQ(progress.pace(), Pace::probe);
    EXPECT_FALSE(progress.may_send(1, window));
}

TEST(Progress, WhatWasLostShowsAfterASilentHeartbeatInterval) {
    Progress progress = replicating(3, 9);
    progress.heartbeat_sent(1);
    EXPECT_FALSE(progress.heartbeat_answered(1, Index{5}));
    EXPECT_EQ(progress.pace(), Pace::replicate) << "what was sent may still be under way";
    progress.heartbeat_sent(2);
    EXPECT_FALSE(progress.heartbeat_answered(1, Index{5}));
    EXPECT_EQ(progress.pace(), Pace::replicate) << "an answer from before";
    EXPECT_FALSE(progress.heartbeat_answered(2, Index{5}));
    EXPECT_EQ(progress.pace(), Pace::probe);
    EXPECT_EQ(progress.next(), Index{4});
}

TEST(Progress, AnAcknowledgementMeanwhileAllaysTheSuspicion) {
    Progress progress = replicating(3, 9);
    progress.heartbeat_sent(1);
    progress.accepted(Index{4});
    progress.heartbeat_sent(2);
    EXPECT_FALSE(progress.heartbeat_answered(2, Index{5}));
    EXPECT_EQ(progress.pace(), Pace::replicate);
}

TEST(Progress, AFollowerThatHasEverythingIsAskedToAcknowledgeAgain) {
    Progress progress = replicating(3, 9);
    progress.heartbeat_sent(1);
    progress.heartbeat_sent(2);
    progress.sent(Index{10}, 10);  // after the heartbeat: not missed yet
    EXPECT_TRUE(progress.heartbeat_answered(2, Index{9}));
    EXPECT_EQ(progress.pace(), Pace::replicate);
    EXPECT_FALSE(progress.heartbeat_answered(2, Index{9})) << "once is enough";
}

TEST(Progress, ALostProbeIsRepeated) {
    Progress progress = fresh(5);
    progress.sent(Index{4}, 0);
    progress.heartbeat_sent(1);
    progress.heartbeat_sent(2);
    (void)progress.heartbeat_answered(2, Index{4});
    EXPECT_TRUE(progress.may_send(0, window));
}

TEST(Progress, AnIdleFollowerIsNeverSuspected) {
    Progress progress = replicating(3, 3);
    progress.heartbeat_sent(1);
    progress.heartbeat_sent(2);
    EXPECT_FALSE(progress.heartbeat_answered(2, Index{3}));
    EXPECT_EQ(progress.pace(), Pace::replicate);
}

TEST(Progress, ADeadFollowerIsLeftAloneUntilItIsHeard) {
    Progress progress = replicating(3, 9);
    progress.lost();
    EXPECT_TRUE(progress.is_lost());
    EXPECT_FALSE(progress.may_send(0, window));
    EXPECT_EQ(progress.next(), Index{4});
    progress.hear(Instant{});
    EXPECT_FALSE(progress.is_lost());
    EXPECT_TRUE(progress.may_send(0, window));
}

TEST(Progress, OnlyNewsEndsTheWaitForASnapshot) {
    Progress progress = replicating(3, 6);
    progress.heartbeat_sent(1);
    progress.heartbeat_sent(2);
    progress.wait_for_snapshot();
    EXPECT_EQ(progress.pace(), Pace::snapshot);
    EXPECT_TRUE(progress.is_idle());
    EXPECT_FALSE(progress.may_send(0, window));
    progress.accepted(Index{3});
    EXPECT_FALSE(progress.rejected(Index{6}, Index{2}));
    EXPECT_FALSE(progress.heartbeat_answered(2, Index{6})) << "nothing is under way that could be lost";
    progress.heartbeat_sent(3);
    progress.heartbeat_sent(4);
    EXPECT_FALSE(progress.heartbeat_answered(4, Index{6}));
    EXPECT_EQ(progress.pace(), Pace::snapshot);
    progress.accepted(Index{9});
    EXPECT_EQ(progress.pace(), Pace::replicate);
    EXPECT_EQ(progress.match(), Index{9});
    EXPECT_EQ(progress.next(), Index{10});
}

TEST(Progress, ADeadFollowerWaitsForNoSnapshot) {
    Progress progress = replicating(3, 6);
    progress.wait_for_snapshot();
    progress.lost();
    EXPECT_NE(progress.pace(), Pace::snapshot);
    EXPECT_FALSE(progress.may_send(0, window));
    progress.hear(Instant{});
    EXPECT_TRUE(progress.may_send(0, window));
}

TEST(Progress, NothingIsSentWhileTheDiskIsRead) {
    Progress progress = replicating(3, 5);
    progress.wait_for_fetch();
    EXPECT_FALSE(progress.may_send(0, window));
    EXPECT_FALSE(progress.rejected(Index{5}, Index{1}));
    progress.accepted(Index{5});
    EXPECT_EQ(progress.pace(), Pace::fetch);
    progress.fetched(true);
    EXPECT_EQ(progress.pace(), Pace::probe);
    EXPECT_FALSE(progress.may_send(0, window)) << "what was fetched is under way";
}

}  // namespace
}  // namespace kvbus::raft
