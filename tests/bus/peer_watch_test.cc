#include "bus/peer_watch.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "bus/support/child_process.h"
#include "bus/support/raw_connection.h"
#include "bus/support/test_node.h"

namespace kvbus::bus::test {
namespace {

using namespace std::chrono_literals;

constexpr NodeId watched{2};

std::function<bool(const Record&)> lost(std::size_t times) {
    return [times](const Record& record) { return record.lost.size() >= times; };
}

bool await_connected(TestNode& node) {
    return node.await_stats([](const LoopStats& stats) { return stats.peers_connected == 1; });
}

TEST(PeerWatch, TellsOnceWheneverAPeersProcessIsKilled) {
    const ReservedPort child_client;
    const ReservedPort child_peer;
    TestNode node({.peers = {peer(watched, child_peer.url())}});
    for (std::size_t life = 1; life <= 3; ++life) {
        ChildProcess child(child_client.url(), child_peer.url());
        ASSERT_TRUE(await_connected(node));
        EXPECT_EQ(node.record().lost.size(), life - 1);
        const Instant killed = monotonic_now();
        child.kill();
        ASSERT_TRUE(node.await_record(lost(life)));
        RecordProperty("noticed_after_us_" + std::to_string(life),
                       std::to_string(to_microseconds(monotonic_now() - killed)));
        EXPECT_EQ(node.stats().peers_connected, 0U);
    }
    EXPECT_EQ(node.record().lost, (std::vector<NodeId>{watched, watched, watched}));
}

TEST(PeerWatch, AsksNoFurtherOnceItTold) {
    const auto port = std::make_shared<ReservedPort>();
    auto other = std::make_unique<TestNode>(TestNode::Options{.peer_port = port});
    TestNode node(
        {.peers = {peer(watched, port->url())}, .deadline = [](Instant now) { return now + 10ms; }});
    ASSERT_TRUE(await_connected(node));
    other.reset();
    ASSERT_TRUE(node.await_record(lost(1)));
    const Instant told = node.record().last_turn;
    EXPECT_TRUE(node.await_record([&](const Record& record) { return record.last_turn > told + 1200ms; }));
    EXPECT_EQ(node.record().lost.size(), 1U);
}

TEST(PeerWatch, TellsWhenAPeerStopsInOrder) {
    const auto port = std::make_shared<ReservedPort>();
    auto other = std::make_unique<TestNode>(TestNode::Options{.peer_port = port});
    TestNode node({.peers = {peer(watched, port->url())}});
    ASSERT_TRUE(await_connected(node));
    other.reset();
    EXPECT_TRUE(node.await_record(lost(1)));
}

TEST(PeerWatch, ABrokenConnectionAloneTellsNothing) {
    const ReservedPort port;
    auto listener = std::make_unique<RawListener>(port.number());
    TestNode node({.peers = {peer(watched, port.url())}});
    std::optional<std::array<RawConnection, 2>> connections;
    for (int blip = 0; blip < 10; ++blip) {
        // The old connections end, and the process still takes new ones.
        connections.reset();
        connections.emplace(listener->accept_peer());
        ASSERT_TRUE(await_connected(node));
    }
    EXPECT_TRUE(node.record().lost.empty());

    listener.reset();
    connections.reset();
    EXPECT_TRUE(node.await_record(lost(1)));
}

TEST(PeerWatch, APeerThatWasNeverThereIsNotLost) {
    const ReservedPort port;
    TestNode node({.peers = {peer(watched, port.url())}, .deadline = [](Instant now) { return now + 5ms; }});
    EXPECT_TRUE(node.await_record([](const Record& record) { return record.turns > 50; }));
    EXPECT_TRUE(node.record().lost.empty());
}

class Probe : public testing::Test {
  protected:
    ConnectProbe::Outcome outcome_of_start() {
        auto outcome = probe.start(*resolve(*parse_tcp_url(port.url())));
        EXPECT_TRUE(await([&] {
            if (outcome == ConnectProbe::Outcome::pending) outcome = probe.check();
            return outcome != ConnectProbe::Outcome::pending;
        }));
        return outcome;
    }

    ReservedPort port;
    ConnectProbe probe;
};

TEST_F(Probe, TellsAListenerFromNone) {
    {
        const RawListener listener(port.number());
        EXPECT_EQ(outcome_of_start(), ConnectProbe::Outcome::accepted);
    }
    EXPECT_EQ(outcome_of_start(), ConnectProbe::Outcome::refused);
    EXPECT_FALSE(probe.pending());
}

TEST_F(Probe, NoAnswerStaysPendingUntilCancelled) {
    // A listener whose queue is full does not answer at all.
    const RawListener listener(port.number(), 0);
    std::vector<RawConnection> queued;
    queued.emplace_back(port.number());
    std::vector<std::unique_ptr<ConnectProbe>> probes;
    const auto address = *resolve(*parse_tcp_url(port.url()));
    EXPECT_TRUE(await([&] {
        probes.push_back(std::make_unique<ConnectProbe>());
        return probes.back()->start(address) == ConnectProbe::Outcome::pending &&
               probes.back()->check() == ConnectProbe::Outcome::pending;
    }));
    EXPECT_GE(probes.back()->fd(), 0);
    probes.back()->cancel();
    EXPECT_FALSE(probes.back()->pending());
    EXPECT_EQ(probes.back()->fd(), -1);
}

}  // namespace
}  // namespace kvbus::bus::test
