// What a node holds when leaders come and go, and when it comes to lead itself: a write that was sent to an
// earlier leader may be applied for all it knows; one that was never sent is not.
#include <string>

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;

bool leads(Cluster& cluster, int node) {
    return cluster.node(node).core().role().kind == raft::RoleKind::leader;
}

int other_than(int heir) {
    return heir == 2 ? 3 : 2;
}

// After the turn in which one of the nodes 2 and 3 came to lead, which is before the one in which it takes up
// what it holds.
int wait_for_heir(Cluster& cluster) {
    for (int ms = 0; ms < 5000; ++ms) {
        for (const int heir : {2, 3})
            if (leads(cluster, heir)) return heir;
        cluster.step();
    }
    ADD_FAILURE() << "nobody leads after node 1";
    return 2;
}

// It takes up what it holds, and learns in the same turn that it leads no more.
void depose(Cluster& cluster, int leader) {
    const Term later = cluster.node(leader).core().role().term + 1;
    cluster.deliver(leader,
                    cluster.frame(other_than(leader), leader, raft::Message{later, raft::Heartbeat{}}));
    cluster.node(leader).turn(cluster.now());
    cluster.node(leader).turn(cluster.now());
}

// Everything twice: for the writes of clients with sessions, and of clients without.
class LeaderChange : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    // Each node's client is another one.
    static void request_write(Cluster& cluster, int node) {
        const auto number = static_cast<std::uint64_t>(node);
        const bool session = GetParam() != no_session;
        cluster.request(node, "c",
                        put(1, key_of(node), "v", session ? GetParam() + number : 0, session ? 1 : 0));
    }
    [[nodiscard]] static std::string key_of(int node) { return "k" + std::to_string(node); }
};

INSTANTIATE_TEST_SUITE_P(, LeaderChange, ::testing::Values(no_session, a_client), [](const auto& of) {
    return of.param == no_session ? "WithoutSession" : "WithSession";
});

TEST_P(LeaderChange, AWriteThatWasSentAndIsAbandonedUnproposedHereIsUnknown) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    for (const int node : {2, 3})
        request_write(cluster, node);
    cluster.settle();  // they are sent, and lost for all that matters
    const int heir = wait_for_heir(cluster);
    EXPECT_FALSE(end_of(cluster, heir, "c"));
    depose(cluster, heir);
    const auto end = end_of(cluster, heir, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::outcome_unknown) << "node 1 may have it";
}

TEST_P(LeaderChange, AWriteThatWasNeverSentAndIsAbandonedUnproposedHereIsNotApplied) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    const int heir = wait_for_heir(cluster);
    request_write(cluster, heir);
    depose(cluster, heir);
    const auto end = end_of(cluster, heir, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::unavailable);
}

// The entries with both writes are on the disks of nodes 2 and 3, but neither knows.
TEST_P(LeaderChange, AWriteThatIsInTheLogAlreadyIsAppliedOnce) {
    Cluster cluster(3);
    cluster.elect(1);
    for (const int node : {2, 3})
        request_write(cluster, node);
    for (int hops = 0; hops < 3; ++hops)
        cluster.step();  // to the leader, and back with the entry
    cluster.cut(1);
    const int heir = wait_for_heir(cluster);
    for (const int node : {2, 3})
        ASSERT_FALSE(end_of(cluster, node, "c"));
    cluster.advance(milliseconds{60});
    for (const int node : {heir, other_than(heir)}) {
        const auto end = end_of(cluster, node, "c");
        ASSERT_TRUE(end) << "nobody waits for the time after which a frame counts as lost";
        EXPECT_EQ(end->code, Code::ok);
        EXPECT_EQ(version_of(cluster, heir, key_of(node)), 1U) << key_of(node);
    }
}

TEST(LeaderChangeInSessions, ATakenUpWriteThatTheMachineRefusesIsUnknownIfItWasSentBefore) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(1, "d", put(1, "k", "later", a_client, 2));  // its first_unanswered is 2
    cluster.settle();
    cluster.cut(1);
    for (const int node : {2, 3})
        cluster.request(node, "c", put(1, "k", "v", a_client, 1));
    const int heir = wait_for_heir(cluster);
    cluster.advance(milliseconds{100});
    const auto end = end_of(cluster, heir, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::outcome_unknown) << "not a word on the copy that went to node 1";
}

TEST(LeaderChangeInSessions, WhatWasTakenUpIsNoLongerUnanswered) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    for (const int node : {2, 3})
        cluster.request(node, "c", put(1, "k", "v"));
    const int heir = wait_for_heir(cluster);
    depose(cluster, heir);
    const auto before = cluster.sent<wire::Forward>(heir).size();
    cluster.deliver(heir,
                    cluster.frame(other_than(heir), heir,
                                  raft::Message{cluster.node(heir).core().role().term, raft::Heartbeat{}}));
    cluster.request(heir, "d", put(2, "k", "v"));
    cluster.node(heir).turn(cluster.now());
    cluster.node(heir).turn(cluster.now());
    const auto forwards = cluster.sent<wire::Forward>(heir);
    ASSERT_EQ(forwards.size(), before + 1);
    const auto frame = wire::decode_peer_frame(forwards.back());
    const auto& command = std::get<wire::Forward>(frame->body).commands.at(0).command;
    EXPECT_EQ(command.sequence, Sequence{2});
    EXPECT_EQ(command.first_unanswered, Sequence{2});
}

}  // namespace
}  // namespace kvbus::node::testing
