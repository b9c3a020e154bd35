// Section 7 of the Raft paper, log compaction: a test per sentence. What differs from Figure 13 is that the
// bytes of a snapshot travel apart from the RPC that offers it.

#include "support.h"

namespace kvbus::raft::test {
namespace {

// Leads term 2, has applied everything up to its no-op at 5, and holds in memory only what follows.
Subject leader_of_five(const Config& config = {}) {
    Setup setup{.log = {1, 1, 1, 1}, .commit = 4, .base = 4, .config = config};
    setup.config.log_window_bytes = 0;
    Subject leader(setup);
    leader.become_leader();
    leader.acknowledge(two, 5);
    return leader;
}

// Follows node 2, which leads term 2. 1/1 is committed.
Subject follower_with(const std::vector<std::uint64_t>& log) {
    Subject follower({.log = log, .term = 2, .commit = 1});
    follower.ask(two, 2, Heartbeat{.commit = Index{1}, .round = 1});
    return follower;
}

AppendReply accepted(std::uint64_t match) {
    return {.accepted = true, .match = Index{match}, .hint = {}};
}

AppendReply rejected(std::uint64_t match, EntryId hint) {
    return {.accepted = false, .match = Index{match}, .hint = hint};
}

// "Each server takes snapshots independently, covering just the committed entries in its log." "Once a server
// completes writing a snapshot, it may delete all log entries up through the last included index, as well as
// any prior snapshot."
TEST(Section7, AServerTakesSnapshotsIndependently) {
    Subject follower = follower_with({1, 1, 1});
    follower.ask(two, 2, Append{.previous = at(1, 3), .commit = Index{2}, .entries = {}});
    follower.publish(1);
    EXPECT_TRUE(follower.outbox().empty());
    EXPECT_EQ(follower.status().snapshot, Index{2});
    EXPECT_EQ(follower.status().log_start, Index{1});
    EXPECT_EQ(follower.status().last, Index{3});

    follower.ask(two, 2, Append{.previous = at(1, 3), .commit = Index{3}, .entries = {}});
    follower.publish(3);
    follower.restart();
    EXPECT_EQ(follower.status().snapshot, Index{3});
    EXPECT_EQ(follower.status().log_start, Index{3});
    EXPECT_TRUE(follower.log().empty());
    EXPECT_EQ(follower.commit(), 3u);
    EXPECT_TRUE(follower.applied().empty()) << "the snapshot holds it";
}

// "These are preserved to support the AppendEntries consistency check for the first log entry following the
// snapshot, since that entry needs a previous log index and term."
TEST(Section7, TheFirstEntryAfterTheSnapshotNeedsAPreviousIndexAndTerm) {
    Subject follower = follower_with({1, 1, 1});
    follower.ask(two, 2, Append{.previous = at(1, 3), .commit = Index{3}, .entries = {}});
    follower.publish(3);
    follower.restart();
    follower.ask(two, 2, Append{.previous = at(1, 3), .commit = Index{3}, .entries = {entry(2, 4)}});
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(4));
}

// The same at the leader: the log on disk begins right after what the follower has.
TEST(Section7, AFollowerThatHasAllThatIsGoneIsSentWhatFollows) {
    Subject leader = leader_of_five();
    leader.publish(3);
    leader.receive(three, 2, rejected(4, at(1, 3)));
    EXPECT_TRUE(leader.sent<InstallSnapshot>(three).empty());
    ASSERT_EQ(leader.fetches().size(), 1u);
    EXPECT_EQ(leader.fetches().front().first, Index{4});
    leader.answer_fetch();
    const auto append = leader.only<Append>(three);
    EXPECT_EQ(append.body.previous, at(1, 3));
    EXPECT_EQ(append.body.entries.front().id, at(1, 4));
}

// "the leader must occasionally send snapshots to followers that lag behind. This happens when the leader has
// already discarded the next log entry that it needs to send to a follower."
TEST(Section7, ALeaderOffersItsSnapshotWhenTheNextEntryIsDiscarded) {
    Subject leader = leader_of_five();
    const SnapshotMeta snapshot = leader.publish(4);
    leader.receive(three, 2, rejected(4, at(1, 2)));
    EXPECT_EQ(leader.only<InstallSnapshot>(three).body.snapshot, snapshot);
    EXPECT_TRUE(leader.sent<Append>(three).empty());
    EXPECT_TRUE(leader.fetches().empty());

    leader.pass(heartbeat);
    EXPECT_EQ(leader.sent<InstallSnapshot>(three).size(), 1u) << "again with each heartbeat";
    EXPECT_TRUE(leader.sent<InstallSnapshot>(two).empty());
    ASSERT_TRUE(leader.propose("x").ok());
    EXPECT_TRUE(leader.sent<Append>(three).empty());
    EXPECT_EQ(leader.sent<Append>(two).size(), 1u);
}

TEST(Section7, AFollowerThatGotAsFarAsTheSnapshotGoesOnWithEntries) {
    Subject leader = leader_of_five();
    leader.publish(5);
    ASSERT_TRUE(leader.propose("x").ok());
    leader.receive(three, 2, rejected(4, at(1, 2)));
    leader.receive(three, 2, rejected(4, at(1, 1)));
    EXPECT_TRUE(leader.outbox().empty()) << "an old refusal";
    leader.receive(three, 2, accepted(5));
    const auto append = leader.only<Append>(three);
    EXPECT_EQ(append.body.previous, at(2, 5));
    EXPECT_EQ(append.body.entries, (std::vector{entry(2, 6)}));
    leader.pass(heartbeat);
    EXPECT_TRUE(leader.sent<InstallSnapshot>(three).empty());
}

// What the leader cut meanwhile is no longer what a fetch comes back with.
TEST(Section7, ALeaderOffersItsSnapshotWhenAFetchComesBackEmpty) {
    Subject leader = leader_of_five();
    leader.receive(three, 2, rejected(4, at(1, 2)));
    ASSERT_EQ(leader.fetches().size(), 1u);
    leader.publish(4);
    EXPECT_TRUE(leader.outbox().empty());
    leader.answer_fetch();
    EXPECT_EQ(leader.sent<InstallSnapshot>(three).size(), 1u);
    EXPECT_TRUE(leader.fetches().empty());
}

TEST(Section7, ALeaderOffersItsNewestSnapshot) {
    Subject leader = leader_of_five();
    leader.publish(4);
    leader.receive(three, 2, rejected(4, at(1, 2)));
    ASSERT_TRUE(leader.propose("x").ok());
    leader.persist();
    leader.acknowledge(two, 6);
    const SnapshotMeta newer = leader.publish(6);
    EXPECT_EQ(newer.last, at(2, 6));
    leader.pass(heartbeat);
    EXPECT_EQ(leader.only<InstallSnapshot>(three).body.snapshot, newer);
}

// One that it was given is its own to give: whoever took it may be gone for good.
TEST(Section7, ALeaderOffersTheSnapshotThatItInstalled) {
    Subject node = follower_with({1});
    ASSERT_TRUE(node.install(snapshot_of(two, at(2, 6))));
    node.persist();
    node.become_leader();
    node.receive(three, 3, rejected(6, at(1, 1)));
    SnapshotMeta expected = snapshot_of(two, at(2, 6));
    expected.holder = one;
    EXPECT_EQ(node.only<InstallSnapshot>(three).body.snapshot, expected);
}

TEST(Section7, AFollowerThatIsReportedDeadIsOfferedNothingUntilItIsHeard) {
    Subject leader = leader_of_five();
    leader.publish(4);
    leader.receive(three, 2, rejected(4, at(1, 2)));
    EXPECT_TRUE(leader.status().followers.back().needs_snapshot);
    leader.lose(three);
    leader.pass(heartbeat);
    EXPECT_TRUE(leader.sent<InstallSnapshot>(three).empty());
    leader.receive(three, 2, HeartbeatReply{.round = 1, .last = Index{2}});
    EXPECT_EQ(leader.sent<InstallSnapshot>(three).size(), 1u);
}

// Figure 13: "Reply immediately if term < currentTerm."
TEST(Section7, AnOfferOfAnOlderTermIsAnsweredWithTheNewerOne) {
    Subject follower = follower_with({1});
    follower.ask(three, 1, InstallSnapshot{snapshot_of(three, at(1, 9))});
    EXPECT_FALSE(follower.offer());
    EXPECT_EQ(follower.only<AppendReply>(three).term, Term{2});
    EXPECT_FALSE(follower.only<AppendReply>(three).body.accepted);
}

// An offer keeps a follower from campaigns, as all that a leader says.
TEST(Section7, AnOfferIsHandedOutAndHeardAsTheLeaders) {
    Subject follower({.log = {1}, .term = 1, .commit = 1});
    const SnapshotMeta snapshot = snapshot_of(two, at(1, 9));
    for (int i = 0; i < 5; ++i) {
        follower.pass(timeout_min - milliseconds{1});
        follower.receive(two, 2, InstallSnapshot{snapshot});
        EXPECT_EQ(follower.offer(), snapshot);
        EXPECT_EQ(follower.leader(), two);
    }
    EXPECT_EQ(follower.status().last, Index{1}) << "the bytes are not there yet";
}

TEST(Section7, AnOfferOfWhatIsThereIsAnsweredWithHowFarThatIs) {
    Subject follower = follower_with({1, 1, 2});
    const Append append{.previous = at(2, 3), .commit = Index{4}, .entries = {entry(2, 4)}};
    follower.receive(two, 2, append);
    follower.receive(two, 2, InstallSnapshot{snapshot_of(two, at(1, 2))});
    EXPECT_FALSE(follower.offer());
    EXPECT_TRUE(follower.outbox().empty()) << "4 is committed, and not durable here";
    follower.persist();
    const auto replies = follower.sent<AppendReply>(two);
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies.back().body, accepted(4));
}

// What a snapshot covers is committed: a log that holds its last entry needs no bytes.
TEST(Section7, AnOfferOfWhatTheLogHoldsCommitsIt) {
    Subject follower = follower_with({1, 1, 2, 2});
    follower.ask(two, 2, InstallSnapshot{snapshot_of(two, at(2, 3))});
    EXPECT_FALSE(follower.offer());
    EXPECT_EQ(follower.commit(), 3u);
    EXPECT_EQ(follower.applied().size(), 3u);
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(3));
    EXPECT_EQ(follower.status().last, Index{4});
}

// "Usually the snapshot will contain new information not already in the recipient's log. In this case, the
// follower discards its entire log; it is all superseded by the snapshot and may possibly have uncommitted
// entries that conflict with the snapshot."
TEST(Section7, AFollowerDiscardsItsEntireLog) {
    Subject follower = follower_with({1, 1, 1, 1});
    const SnapshotMeta snapshot = snapshot_of(two, at(2, 3));
    ASSERT_TRUE(follower.install(snapshot));
    EXPECT_EQ(follower.commit(), 3u);
    EXPECT_EQ(follower.status().last, Index{3});
    EXPECT_EQ(follower.applied().size(), 1u) << "2 and 3 are in the snapshot";
    ASSERT_EQ(follower.disk().in_flight().size(), 1u);
    const Write& write = follower.disk().in_flight().front();
    ASSERT_TRUE(write.install);
    EXPECT_EQ(write.install->snapshot, snapshot);
    EXPECT_FALSE(write.install->keeps_log);
    EXPECT_EQ(write.hard_state->commit, Index{3});

    EXPECT_TRUE(follower.outbox().empty());
    follower.persist();
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(3));
    EXPECT_TRUE(follower.log().empty());

    follower.ask(two, 2, Append{.previous = at(2, 3), .commit = Index{4}, .entries = {entry(2, 4)}});
    EXPECT_EQ(follower.applied().back(), entry(2, 4));
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(4));
}

// "If instead the follower receives a snapshot that describes a prefix of its log (due to retransmission or
// by mistake), then log entries covered by the snapshot are deleted but entries following the snapshot are
// still valid and must be retained."
TEST(Section7, AFollowerRetainsWhatFollowsTheSnapshot) {
    Subject follower = follower_with({1, 1, 2, 2});
    ASSERT_TRUE(follower.install(snapshot_of(two, at(2, 3))));
    EXPECT_TRUE(follower.disk().in_flight().front().install->keeps_log);
    EXPECT_EQ(follower.status().last, Index{4});
    follower.persist();
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(3));
    EXPECT_EQ(follower.log(), (std::vector{entry(2, 4)}));
    follower.ask(two, 2, Heartbeat{.commit = Index{4}, .round = 2});
    EXPECT_EQ(follower.applied().back(), entry(2, 4));
}

// Memory may hold the snapshot's last entry where the disk was told of another: the disk's log is replaced
// then.
TEST(Section7, WhatFollowsTheSnapshotInMemoryIsWrittenAgain) {
    const Instant now = Instant{} + std::chrono::hours{1};
    // One take() for all: a conflict that the disk has not been told of when the snapshot is there.
    scenario::MemoryDisk disk({Term{2}, {}, Index{1}}, log_of({1, 1, 1}));
    Core core({.self = one}, disk.boot({{one, two, three}}, Index{1}), now);
    const Append append{
        .previous = at(1, 1), .commit = Index{1}, .entries = {entry(2, 2), entry(2, 3), entry(2, 4)}};
    core.step(now, two, Message{Term{2}, append});
    ASSERT_TRUE(core.install(now, snapshot_of(two, at(2, 3))));
    const Ready ready = core.take();
    ASSERT_TRUE(ready.write && ready.write->install);
    EXPECT_FALSE(ready.write->install->keeps_log);
    EXPECT_FALSE(ready.write->truncate_from);
    EXPECT_EQ(ready.write->append, (std::vector{entry(2, 4)}));
    EXPECT_EQ(ready.write->then_send.size(), 2u);
    EXPECT_TRUE(ready.apply.empty());
    disk.submit(*ready.write);
    (void)disk.complete_one();
    EXPECT_EQ(disk.durable().log, (std::vector{entry(2, 4)}));
}

// With the log that is kept on disk, a conflict after the snapshot's last entry goes to disk as ever.
TEST(Section7, AConflictAfterTheSnapshotIsTruncatedInTheSameWrite) {
    const Instant now = Instant{} + std::chrono::hours{1};
    scenario::MemoryDisk disk({Term{2}, {}, Index{1}}, log_of({1, 1, 1}));
    Core core({.self = one}, disk.boot({{one, two, three}}, Index{1}), now);
    core.step(now, two,
              Message{Term{2}, Append{.previous = at(1, 2), .commit = {}, .entries = {entry(2, 3)}}});
    ASSERT_TRUE(core.install(now, snapshot_of(two, at(1, 2))));
    const Ready ready = core.take();
    ASSERT_TRUE(ready.write && ready.write->install);
    EXPECT_TRUE(ready.write->install->keeps_log);
    EXPECT_EQ(ready.write->truncate_from, Index{3});
    disk.submit(*ready.write);
    (void)disk.complete_one();
    EXPECT_EQ(disk.durable().log, (std::vector{entry(2, 3)}));
}

// Nothing that the snapshot covers, or that follows it, is acknowledged before it is on disk: not by writes
// that were in flight, nor by an empty Append.
TEST(Section7, NothingIsAcknowledgedBeforeTheSnapshotIsDurable) {
    Subject follower = follower_with({1});
    const std::vector<Entry> uncommitted{entry(2, 2), entry(2, 3), entry(2, 4), entry(2, 5)};
    follower.receive(two, 2, Append{.previous = at(1, 1), .commit = {}, .entries = uncommitted});
    ASSERT_TRUE(follower.install(snapshot_of(two, at(2, 7))));
    EXPECT_EQ(follower.status().durable, Index{1});
    follower.persist_one();
    EXPECT_EQ(follower.status().durable, Index{1}) << "that log is replaced";

    follower.receive(two, 2, Append{.previous = at(2, 7), .commit = Index{7}, .entries = {}});
    EXPECT_TRUE(follower.outbox().empty());
    follower.receive(two, 2, Append{.previous = at(2, 3), .commit = Index{7}, .entries = {entry(2, 4)}});
    EXPECT_TRUE(follower.outbox().empty());
    follower.persist_one();
    EXPECT_EQ(follower.only<AppendReply>(two).body, accepted(7));
    EXPECT_EQ(follower.status().durable, Index{7});
}

TEST(Section7, ACrashBeforeTheSnapshotIsDurableLeavesTheOldLog) {
    Subject follower = follower_with({1, 1, 1});
    ASSERT_TRUE(follower.install(snapshot_of(two, at(2, 7))));
    follower.restart();
    EXPECT_EQ(follower.log(), log_of({1, 1, 1}));
    EXPECT_EQ(follower.status().snapshot, Index{0});
    EXPECT_EQ(follower.commit(), 1u);
}

TEST(Section7, ASnapshotOfWhatIsThereIsNotInstalled) {
    Subject follower = follower_with({1, 1, 2});
    follower.ask(two, 2, Heartbeat{.commit = Index{2}, .round = 2});
    EXPECT_FALSE(follower.install(snapshot_of(two, at(1, 2))));
    EXPECT_TRUE(follower.disk().in_flight().empty());
    EXPECT_EQ(follower.status().snapshot, Index{0});

    Subject leader({.log = {1, 1}, .commit = 1});
    leader.become_leader();
    EXPECT_FALSE(leader.install(snapshot_of(two, at(1, 2)))) << "a leader has it all";
}

// An own snapshot that became durable after another one was installed is the older one.
TEST(Section7, TheNewestSnapshotCounts) {
    const Instant now = Instant{} + std::chrono::hours{1};
    scenario::MemoryDisk disk({Term{2}, {}, Index{2}}, log_of({1, 1}));
    Core core({.self = one}, disk.boot({{one, two, three}}, Index{2}), now);
    ASSERT_TRUE(core.install(now, snapshot_of(two, at(2, 7))));
    core.compacted(now, snapshot_of(one, at(1, 2)), at(1, 2));
    EXPECT_EQ(core.status().snapshot, Index{7});
    EXPECT_EQ(core.status().log_start, Index{7});
}

// Elections compare logs by their last entries (5.4.1), also where that is a snapshot's.
TEST(Section7, ASnapshotsLastEntryCountsInElections) {
    Subject voter = follower_with({1});
    ASSERT_TRUE(voter.install(snapshot_of(two, at(2, 7))));
    voter.persist();
    voter.ask(three, 3, VoteRequest{.pre = false, .last = at(2, 6)});
    voter.pass(timeout_max);
    voter.ask(three, 4, VoteRequest{.pre = false, .last = at(2, 6)});
    EXPECT_FALSE(voter.only<VoteReply>(three).body.granted);
    voter.ask(three, 5, VoteRequest{.pre = false, .last = at(2, 7)});
    EXPECT_TRUE(voter.only<VoteReply>(three).body.granted);
}

}  // namespace
}  // namespace kvbus::raft::test
