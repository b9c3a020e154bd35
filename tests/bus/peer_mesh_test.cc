#include <memory>

#include <gtest/gtest.h>

#include "bus/support/raw_connection.h"
#include "bus/support/test_node.h"
#include "wire/limits.h"

namespace kvbus::bus::test {
namespace {

constexpr NodeId one{1};
constexpr NodeId two{2};

// Two nodes that know each other's addresses; either may be away.
class PeerMesh : public testing::Test {
  protected:
    void start_first() {
        first = std::make_unique<TestNode>(TestNode::Options{
            .self = one, .peers = {peer(two, second_port->url())}, .io_threads = 2, .peer_port = first_port});
    }
    void start_second() {
        second = std::make_unique<TestNode>(TestNode::Options{
            .self = two, .peers = {peer(one, first_port->url())}, .peer_port = second_port});
    }
    [[nodiscard]] static bool await_connected(TestNode& node) {
        return node.await_stats([](const LoopStats& stats) { return stats.peers_connected == 1; });
    }

    std::shared_ptr<ReservedPort> first_port = std::make_shared<ReservedPort>();
    std::shared_ptr<ReservedPort> second_port = std::make_shared<ReservedPort>();
    std::unique_ptr<TestNode> first;
    std::unique_ptr<TestNode> second;
};

TEST_F(PeerMesh, CarriesFramesOfAnySizeBothWaysInOrder) {
    start_first();
    start_second();
    ASSERT_TRUE(await_connected(*first));
    ASSERT_TRUE(await_connected(*second));
    std::vector<std::string> frames;
    for (const std::size_t size : {std::size_t{1}, std::size_t{30}, std::size_t{1536}, std::size_t{1537},
                                   std::size_t{8} << 20, wire::limits::peer_frame_bytes_max})
        frames.emplace_back(size, static_cast<char>('a' + frames.size()));

    for (const std::string& frame : frames)
        first->send_to_peer(two, frame);
    const auto all_there = [&](const Record& record) { return record.peer_frames.size() == frames.size(); };
    EXPECT_TRUE(second->await_record(all_there));
    EXPECT_TRUE(second->record().peer_frames == frames);

    for (const std::string& frame : frames)
        second->send_to_peer(one, frame);
    EXPECT_TRUE(first->await_record(all_there));
    EXPECT_TRUE(first->record().peer_frames == frames);

    const LoopStats stats = first->stats();
    EXPECT_EQ(stats.peer_frames_out, frames.size());
    EXPECT_EQ(stats.peer_frames_in, frames.size());
    EXPECT_EQ(stats.peer_frames_dropped, 0U);
}

TEST_F(PeerMesh, DropsWhatIsForAPeerThatIsAway) {
    start_first();
    for (int i = 0; i < 10; ++i)
        first->send_to_peer(two, "stale");
    EXPECT_EQ(first->stats().peer_frames_dropped, 10U);
    EXPECT_EQ(first->stats().peer_frames_out, 0U);

    start_second();
    ASSERT_TRUE(await_connected(*first));
    first->send_to_peer(two, "fresh");
    ASSERT_TRUE(second->await_record([](const Record& record) { return !record.peer_frames.empty(); }));
    EXPECT_EQ(second->record().peer_frames.front(), "fresh");
}

TEST_F(PeerMesh, ReconnectsToAPeerThatComesBack) {
    start_first();
    for (int life = 0; life < 3; ++life) {
        start_second();
        EXPECT_TRUE(await([&] {
            first->send_to_peer(two, "hello");
            second->send_to_peer(one, "hello");
            return !second->record().peer_frames.empty();
        }));
        second.reset();
    }
    EXPECT_FALSE(first->record().peer_frames.empty());
}

TEST_F(PeerMesh, NeverWaitsForAPeerThatDoesNotRead) {
    RawListener listener(second_port->number());
    start_first();
    const auto deaf = listener.accept_peer();
    ASSERT_TRUE(await_connected(*first));
    const std::string frame(1 << 20, 'x');
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, frame);
        return first->stats().peer_frames_dropped > 0;
    }));
}

TEST_F(PeerMesh, CarriesBulkOnALaneOfItsOwn) {
    start_first();
    start_second();
    const std::string frame(wire::limits::peer_frame_bytes_max, 'x');
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, frame, node::Lane::bulk);
        return first->stats().peer_frames_out > 0;
    }));
    EXPECT_TRUE(second->await_record([](const Record& record) { return !record.peer_frames.empty(); }));
    EXPECT_TRUE(second->record().peer_frames.front() == frame);
    ASSERT_TRUE(await_connected(*first));
    EXPECT_EQ(first->stats().peers_connected, 1U) << "one peer, by two connections";
    EXPECT_TRUE(second->await_stats([](const LoopStats& stats) { return stats.peer_handshakes == 2; }));
    EXPECT_EQ(second->stats().peer_connections, 2U);
}

// One frame more than libzmq's queue has room for tells that it is full, and what it holds is bounded.
TEST_F(PeerMesh, ABulkLaneThatIsCloggedHoldsUpNoControlFrame) {
    RawListener listener(second_port->number());
    start_first();
    auto connections = listener.accept_peer();
    const auto short_frame = [](const std::string& text) {
        return std::string{'\0', static_cast<char>(text.size())} + text;
    };
    const std::string greeting = short_frame("control");
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, "control");
        return first->stats().peer_frames_out == 1;
    }));
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, "is bulk", node::Lane::bulk);
        return first->stats().peer_frames_out == 2;
    }));
    const bool control_is_first = connections[0].receive(greeting.size()) == greeting;
    RawConnection& control = connections[control_is_first ? 0 : 1];
    if (!control_is_first) {
        ASSERT_EQ(control.receive(greeting.size()), greeting);
    }

    const std::uint64_t dropped = first->stats().peer_frames_dropped;
    const std::string chunk(1 << 20, 'x');
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, chunk, node::Lane::bulk);
        return first->stats().peer_frames_dropped > dropped;
    }));
    EXPECT_LT(first->stats().peer_frames_out, 24U) << "in queue and TCP's buffers";
    const std::string beat = short_frame("heartbeat");
    for (int n = 0; n < 200; ++n) {
        first->send_to_peer(two, "heartbeat");
        ASSERT_EQ(control.receive(beat.size()), beat) << n;
    }
    EXPECT_EQ(first->stats().peers_connected, 1U);
}

TEST_F(PeerMesh, ConnectsAgainAfterSomethingElseUsedThePeersPort) {
    {
        RawListener imposter(second_port->number());
        start_first();
        RawConnection connection = imposter.accept();
        ASSERT_TRUE(connection.send(zmtp_greeting().replace(12, 4, "XULL") + std::string(100, '\0')));
        EXPECT_TRUE(connection.closed_by_peer());
    }
    start_second();
    EXPECT_TRUE(await_connected(*first));
    EXPECT_TRUE(await([&] {
        first->send_to_peer(two, "bulk", node::Lane::bulk);
        return !second->record().peer_frames.empty();
    }));
}

TEST_F(PeerMesh, APeerOnAllInterfacesIsNoAddress) {
    const auto loop = Loop::open({.listen_client = ReservedPort().url(),
                                  .listen_peer = first_port->url(),
                                  .self = one,
                                  .members = {peer(two, "tcp://*:4371")}});
    ASSERT_FALSE(loop.ok());
    EXPECT_EQ(loop.error().code, Code::invalid_argument);
    EXPECT_NE(loop.error().message.find("tcp://*:4371"), std::string::npos);
}

}  // namespace
}  // namespace kvbus::bus::test
