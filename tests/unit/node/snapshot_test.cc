// Snapshots in a node: when they are taken, what they replace, and how they come to who is too far behind.
#include <string>

#include <gmock/gmock.h>

#include "unit/node/snapshot_fixture.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(Snapshots, AreTakenWhenTheLogHasGrownAndReplaceIt) {
    write_much();
    for (const int node : {1, 2, 3}) {
        EXPECT_GT(status(node).snapshot_index, 0U);
        EXPECT_GT(status(node).log_start, 0U);
        EXPECT_LE(status(node).log_start, status(node).snapshot_index);
        EXPECT_LT(cluster.disk(node).durable.entries.size(), 30U);
    }
}

TEST_F(Snapshots, AreNotTakenOfALogThatDoesNotGrow) {
    write_much();
    const auto taken = status(1).snapshot_index;
    cluster.advance(seconds{10});
    EXPECT_EQ(status(1).snapshot_index, taken);
}

TEST_F(Snapshots, AreOfOneMomentThoughWritesGoOn) {
    write_much();
    write_much();
    const auto machine = cluster.disk(2).machine_of(*cluster.disk(2).durable.snapshot);
    ASSERT_TRUE(machine.ok()) << machine.error().message;
    EXPECT_LT(machine->revision(), revision(2));
}

TEST_F(Snapshots, ANodeStartsFromItsSnapshotAndTheLogBehindIt) {
    write_much();
    write_much();
    for (const int node : {1, 2, 3})
        cluster.restart(node);
    cluster.elect(1);
    cluster.advance(milliseconds{100});
    EXPECT_TRUE(is_whole(2));
    EXPECT_TRUE(is_whole(3));
    EXPECT_EQ(status(2).snapshots_installed, 0U);
}

TEST_F(Snapshots, ANodeThatIsTooFarBehindIsSentOne) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    catch_up(3);
    EXPECT_TRUE(is_whole(3));
    EXPECT_EQ(status(3).snapshots_installed, 1U);
    write_much();
    EXPECT_TRUE(is_whole(3)) << "and goes on with the log";
    cluster.restart(3);
    cluster.advance(seconds{1});
    EXPECT_TRUE(is_whole(3)) << "and finds what was installed";
}

TEST_F(Snapshots, OneOfItsOwnDoesNotCountAfterANewerOneWasInstalled) {
    write_much();
    const auto own = *cluster.disk(3).durable.snapshot;
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    catch_up(3);
    const auto installed = status(3);
    ASSERT_EQ(installed.snapshots_installed, 1U);
    cluster.node(3).published(cluster.now(), own, raft::EntryId{});
    EXPECT_EQ(status(3).snapshot_index, installed.snapshot_index);
    EXPECT_EQ(status(3).log_start, installed.log_start);
}

TEST_F(Snapshots, TravelOnTheLaneForBulk) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    catch_up(3);
    std::size_t chunks = 0;
    for (const auto& frame : cluster.transport(1).sent) {
        const auto decoded = wire::decode_peer_frame(frame.bytes);
        ASSERT_TRUE(decoded.ok());
        const bool is_chunk = std::holds_alternative<wire::ChunkReply>(decoded->body);
        chunks += is_chunk ? 1 : 0;
        EXPECT_EQ(frame.lane == Lane::bulk, is_chunk);
    }
    EXPECT_GT(chunks, 10U);
}

TEST_F(Snapshots, WhatIsLostOfThemIsAskedForAgain) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    cluster.heal();
    for (int i = 0; i < 200 && !is_whole(3); ++i) {
        cluster.advance(milliseconds{20});
        cluster.transport(1).frames.clear();
        cluster.advance(milliseconds{180});
    }
    EXPECT_TRUE(is_whole(3));
}

TEST_F(Snapshots, WhoWatchesMissesNothing) {
    cluster.cut(3);
    const wire::WatchRequest watch{.key = "k", .range_end = "l", .from = Revision{revision(3).value + 1}};
    cluster.request(3, "w", {.id = 1, .timeout_ms = 60'000, .body = watch});
    for (int i = 0; i < 4; ++i)
        write_much();
    catch_up(3);
    cluster.advance(seconds{1});
    const auto replies = cluster.replies(3, "w");
    ASSERT_EQ(replies.size(), 1U);
    const auto& reply = std::get<wire::WatchReply>(replies[0].body);
    ASSERT_FALSE(reply.events.empty());
    EXPECT_EQ(reply.events.front().kv.key, "k1");
}

TEST_F(Snapshots, AnotherIsTakenWhenTheHolderIsGone) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    cluster.heal();
    while (cluster.disk(3).chunks.empty())
        cluster.step();
    cluster.cut(1);
    for (int i = 0; i < 300 && status(3).snapshots_installed == 0; ++i)
        cluster.advance(milliseconds{100});
    EXPECT_EQ(status(3).snapshots_installed, 1U);
    cluster.advance(seconds{2});
    EXPECT_EQ(cluster.node(3).machine().state_hash(), cluster.node(2).machine().state_hash());
}

TEST_F(Snapshots, OneThatCannotBeReadChangesNothing) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    const auto before = cluster.node(3).machine().state_hash();
    cluster.heal();
    while (cluster.disk(3).loads.empty()) {
        cluster.disk(3).held = true;
        cluster.step();
    }
    cluster.disk(3).chunks.begin()->second.back() ^= 1;
    cluster.disk(3).finish_snapshots(cluster.now(), cluster.node(3));
    EXPECT_EQ(cluster.node(3).machine().state_hash(), before);
    EXPECT_TRUE(cluster.disk(3).chunks.empty());
    cluster.disk(3).held = false;
    catch_up(3);
    EXPECT_TRUE(is_whole(3)) << "it is fetched anew";
}

TEST_F(Snapshots, AreNotTakenOnADiskThatTheyWouldFill) {
    for (const int node : {1, 2, 3})
        cluster.disk(node).free_bytes = 10 << 20;
    write_much();
    EXPECT_EQ(status(1).snapshot_index, 0U);
    for (const int node : {1, 2, 3})
        cluster.disk(node).free_bytes = std::uint64_t{1} << 40;
    cluster.advance(milliseconds{60});
    EXPECT_GT(status(1).snapshot_index, 0U) << "as soon as there is room";
}

TEST_F(Snapshots, AreNotFetchedToADiskThatTheyWouldFill) {
    cluster.cut(3);
    for (int i = 0; i < 4; ++i)
        write_much();
    cluster.disk(3).free_bytes = 10 << 20;
    cluster.heal();
    cluster.advance(seconds{5});
    EXPECT_TRUE(cluster.disk(3).chunks.empty());
    cluster.disk(3).free_bytes = std::uint64_t{1} << 40;
    catch_up(3);
    EXPECT_TRUE(is_whole(3));
}

TEST_F(Snapshots, CanBeTurnedOff) {
    Config config = small_snapshots();
    config.snapshots.log_bytes_min = 0;
    cluster = Cluster(3, config);
    cluster.elect(1);
    write_much();
    EXPECT_EQ(status(1).snapshot_index, 0U);
    EXPECT_EQ(status(1).log_start, 0U);
}

}  // namespace
}  // namespace kvbus::node::testing
