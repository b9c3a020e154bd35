// What ends by cluster time: leases and keys with a deadline, through changes of leaders and without any
// writes.
#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

wire::Request change(std::uint64_t id, machine::Change operation) {
    return {.id = id, .timeout_ms = 0, .body = machine::without_session(std::move(operation))};
}

class Expiry : public ::testing::Test {
  protected:
    void SetUp() override { cluster.elect(1); }

    void grant(LeaseId lease, milliseconds ttl) {
        cluster.request(1, "c", change(1, machine::LeaseGrant{lease, ttl}));
        cluster.settle();
        ASSERT_EQ(end_of(cluster, 1, "c")->code, Code::ok);
    }
    void put(std::string_view key, machine::Put options) {
        options.key = key;
        options.value = "v";
        cluster.request(1, "c", change(2, options));
        cluster.settle();
        ASSERT_EQ(end_of(cluster, 1, "c")->code, Code::ok);
    }
    bool has(int node, std::string_view key) { return version_of(cluster, node, key) > 0; }
    std::size_t entries() { return cluster.disk(1).log.entries.size(); }

    Cluster cluster{3};
};

TEST_F(Expiry, ALeaseEndsOnAllNodesThoughNobodyWrites) {
    grant(LeaseId{7}, seconds{3});
    put("k", {.lease = LeaseId{7}});
    cluster.advance(milliseconds{2900});
    EXPECT_TRUE(has(1, "k") && has(2, "k") && has(3, "k"));
    cluster.advance(milliseconds{200});
    EXPECT_FALSE(has(1, "k") || has(2, "k") || has(3, "k"));
    EXPECT_EQ(cluster.node(1).machine().lease_count(), 0U);
}

TEST_F(Expiry, AKeyWithADeadlineEndsByItself) {
    put("k", {.ttl = milliseconds{700}});
    cluster.advance(milliseconds{600});
    EXPECT_TRUE(has(1, "k"));
    cluster.advance(milliseconds{200});
    EXPECT_FALSE(has(1, "k") || has(2, "k") || has(3, "k"));
}

TEST_F(Expiry, NothingIsWrittenWhileNothingCanEnd) {
    const auto before = entries();
    cluster.advance(seconds{60});
    EXPECT_EQ(entries(), before);
}

TEST_F(Expiry, TheTimeIsToldNowAndThenUntilSomethingEnds) {
    grant(LeaseId{7}, seconds{60});
    const auto before = entries();
    cluster.advance(seconds{14});
    EXPECT_EQ(entries(), before) << "not in the first quarter";
    cluster.advance(seconds{2});
    EXPECT_EQ(entries(), before + 1);
    cluster.advance(seconds{46});
    EXPECT_EQ(cluster.node(1).machine().lease_count(), 0U);
    const auto told = entries() - before;
    EXPECT_LE(told, 20U) << "entries with nothing but the time in them";
    cluster.advance(seconds{60});
    EXPECT_EQ(entries(), before + told) << "and none afterwards";
}

TEST_F(Expiry, ManyLeadersOneAfterTheOtherDoNotKeepALease) {
    grant(LeaseId{7}, seconds{10});
    put("k", {.lease = LeaseId{7}});
    int leader = 1;
    for (int change = 0; change < 6; ++change) {
        cluster.advance(seconds{2});
        cluster.cut(leader);
        cluster.advance(seconds{2});
        cluster.heal();
        cluster.advance(milliseconds{200});
        while (cluster.node(leader).core().role().kind != raft::RoleKind::leader)
            leader = leader % 3 + 1;
    }
    EXPECT_FALSE(has(leader, "k"));
}

TEST_F(Expiry, AKeepAliveBeginsTheTermAnew) {
    grant(LeaseId{7}, seconds{3});
    put("k", {.lease = LeaseId{7}});
    cluster.advance(seconds{2});
    cluster.request(1, "c", change(3, machine::LeaseKeepAlive{LeaseId{7}}));
    cluster.advance(milliseconds{2900});
    EXPECT_TRUE(has(1, "k"));
    cluster.advance(milliseconds{200});
    EXPECT_FALSE(has(1, "k"));
}

TEST_F(Expiry, TimeStandsStillWhileThereIsNoLeader) {
    grant(LeaseId{7}, seconds{3});
    put("k", {.lease = LeaseId{7}});
    cluster.advance(seconds{1});
    cluster.cut(1);
    cluster.cut(2);
    cluster.cut(3);
    cluster.advance(seconds{60});
    cluster.heal();
    cluster.advance(seconds{2});
    EXPECT_TRUE(has(2, "k")) << "a minute without a leader does not count";
    cluster.advance(seconds{4});
    EXPECT_FALSE(has(2, "k"));
}

TEST_F(Expiry, ANewLeaderDoesNotShortenALease) {
    grant(LeaseId{7}, seconds{5});
    put("k", {.lease = LeaseId{7}});
    cluster.advance(seconds{2});
    cluster.cut(1);
    cluster.advance(milliseconds{2900});
    EXPECT_TRUE(has(2, "k")) << "what passed since the last entry may be lost with the leader, not be added";
    cluster.advance(seconds{4});
    EXPECT_FALSE(has(2, "k"));
}

TEST_F(Expiry, ALeaseWithoutAnIdGetsOne) {
    cluster.request(2, "c", change(1, machine::LeaseGrant{{}, seconds{9}}));
    cluster.advance(milliseconds{50});
    const auto replies = cluster.replies(2, "c");
    ASSERT_EQ(replies.size(), 1U);
    const auto& answer = std::get<machine::Outcome>(replies[0].body).answer;
    ASSERT_NE(answer, nullptr);
    const LeaseId lease = std::get<machine::LeaseAnswer>(answer->body).lease;
    EXPECT_NE(lease, LeaseId{});
    EXPECT_LT(lease.value, std::uint64_t{1} << 63);
    for (const int node : {1, 2, 3})
        EXPECT_THAT(cluster.node(node).machine().leases(), ::testing::ElementsAre(lease));
}

TEST_F(Expiry, AStatusOfALeaseIsAnsweredByAnyNode) {
    grant(LeaseId{7}, seconds{9});
    put("k", {.lease = LeaseId{7}});
    cluster.request(3, "c", {.id = 5, .timeout_ms = 0, .body = wire::LeaseStatusRequest{LeaseId{7}, true}});
    cluster.request(3, "c", {.id = 6, .timeout_ms = 0, .body = wire::LeaseStatusRequest{LeaseId{8}, true}});
    cluster.advance(milliseconds{50});
    const auto replies = cluster.replies(3, "c");
    ASSERT_EQ(replies.size(), 2U);
    const auto& status = std::get<wire::LeaseStatusReply>(replies[0].body);
    EXPECT_EQ(status.granted, seconds{9});
    EXPECT_THAT(status.keys, ::testing::ElementsAre("k"));
    EXPECT_EQ(std::get<Error>(replies[1].body).code, Code::lease_not_found);
}

}  // namespace
}  // namespace kvbus::node::testing
