#include <algorithm>
#include <functional>
#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "bus/support/client_socket.h"
#include "bus/support/raw_connection.h"
#include "bus/support/test_node.h"
#include "wire/limits.h"

namespace kvbus::bus::test {
namespace {

using Kind = ClientSocket::Kind;

TEST(ClientEndpoint, ServesAllKindsOfClientsAtOnce) {
    TestNode node({.echo = true});
    ClientSocket strict(Kind::req, node.client_url());
    ClientSocket relaxed(Kind::relaxed_req, node.client_url());
    ClientSocket dealer(Kind::dealer, node.client_url());
    for (int round = 0; round < 100; ++round) {
        const std::string number = std::to_string(round);
        ASSERT_TRUE(strict.send("strict " + number));
        ASSERT_TRUE(relaxed.send("relaxed " + number));
        ASSERT_TRUE(dealer.send("dealer " + number));
        ASSERT_EQ(strict.receive(), "strict " + number);
        ASSERT_EQ(relaxed.receive(), "relaxed " + number);
        ASSERT_EQ(dealer.receive(), "dealer " + number);
    }
    for (const Request& request : node.record().requests)
        EXPECT_EQ(request.route.single, !request.body.starts_with("dealer")) << request.body;
    EXPECT_TRUE(node.await_stats([](const LoopStats& stats) {
        return stats.client_frames_in == 300 && stats.client_frames_out == 300 &&
               stats.client_frames_dropped == 0 && stats.client_connections == 3 &&
               stats.client_handshakes == 3;
    }));
}

TEST(ClientEndpoint, ADealerMayBringItsOwnDelimiter) {
    TestNode node({.echo = true});
    ClientSocket dealer(Kind::dealer, node.client_url());
    ASSERT_TRUE(dealer.send_parts({"tag", "", "body"}));
    EXPECT_EQ(dealer.receive_parts(), (std::vector<std::string>{"tag", "", "body"}));
}

TEST(ClientEndpoint, AnswersMayComeInAnyOrder) {
    TestNode node;
    ClientSocket strict(Kind::req, node.client_url());
    ClientSocket dealer(Kind::dealer, node.client_url());
    for (const char* body : {"a", "b", "c"})
        ASSERT_TRUE(dealer.send(body));
    ASSERT_TRUE(strict.send("d"));
    ASSERT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 4; }));

    auto requests = node.record().requests;
    std::ranges::sort(requests, std::greater{}, &Request::body);
    for (const Request& request : requests)
        node.reply(request.route, "re: " + request.body);
    EXPECT_EQ(dealer.receive(), "re: c");
    EXPECT_EQ(dealer.receive(), "re: b");
    EXPECT_EQ(dealer.receive(), "re: a");
    EXPECT_EQ(strict.receive(), "re: d");
}

TEST(ClientEndpoint, BodiesPassUntouchedAtEverySize) {
    TestNode node({.echo = true});
    ClientSocket dealer(Kind::dealer, node.client_url());
    ClientSocket strict(Kind::req, node.client_url());
    for (const std::size_t size : {std::size_t{1}, std::size_t{29}, std::size_t{30}, std::size_t{255},
                                   std::size_t{256}, std::size_t{1535}, std::size_t{1536}, std::size_t{1537},
                                   std::size_t{1} << 16, wire::limits::client_frame_bytes_max}) {
        std::string body(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            body[i] = static_cast<char>(i * 7 + i / 256);
        EXPECT_TRUE(dealer.ask(body) == body) << size;
        EXPECT_TRUE(strict.ask(body) == body) << size;
    }
}

TEST(ClientEndpoint, SendsAnswersThatAreLargerThanAnyRequest) {
    TestNode node;
    ClientSocket strict(Kind::req, node.client_url());
    ASSERT_TRUE(strict.send("all of it"));
    ASSERT_TRUE(node.await_record([](const Record& record) { return !record.requests.empty(); }));
    const std::string answer(wire::limits::reply_bytes_max, 'x');
    node.reply(node.record().requests[0].route, answer);
    EXPECT_TRUE(strict.receive() == answer);
}

TEST(ClientEndpoint, FramesOfOneClientShareTheirAddress) {
    TestNode node;
    ClientSocket dealer(Kind::dealer, node.client_url());
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(dealer.send("x"));
    ASSERT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 3; }));
    const auto requests = node.record().requests;
    EXPECT_EQ(requests[0].route.address.view().data(), requests[2].route.address.view().data());
}

TEST(ClientEndpoint, DropsTheAnswerToAClientThatIsGone) {
    TestNode node({.echo = false});
    {
        ClientSocket dealer(Kind::dealer, node.client_url());
        ASSERT_TRUE(dealer.send("too long to wait for"));
        ASSERT_TRUE(node.await_record([](const Record& record) { return !record.requests.empty(); }));
    }
    const auto route = node.record().requests[0].route;
    EXPECT_TRUE(await([&] {
        node.reply(route, "late");
        return node.stats().client_frames_dropped > 0;
    }));
    ClientSocket other(Kind::dealer, node.client_url());
    EXPECT_TRUE(other.send("still there?"));
    EXPECT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 2; }));
}

TEST(ClientEndpoint, NeverWaitsForAClientThatDoesNotRead) {
    TestNode node;
    RawConnection deaf(node.client_port());
    ASSERT_TRUE(deaf.shake_hands("DEALER"));
    ASSERT_TRUE(deaf.send(zmtp_frame("tell me everything", false)));
    ASSERT_TRUE(node.await_record([](const Record& record) { return !record.requests.empty(); }));
    const auto route = node.record().requests[0].route;
    node.on_loop([&](Loop& loop) {
        const std::string page(16 << 10, 'x');
        for (int i = 0; i < 100'000 && loop.stats().client_frames_dropped == 0; ++i)
            loop.replies().send(route, page);
        EXPECT_GT(loop.stats().client_frames_dropped, 0U);
    });
}

TEST(ClientEndpoint, ARequestThatArrivesWhileAnswersGoOutIsNotOverlooked) {
    TestNode node;
    ClientSocket asking(Kind::dealer, node.client_url());
    ASSERT_TRUE(asking.send("first"));
    RawConnection late(node.client_port());
    ASSERT_TRUE(late.shake_hands("DEALER"));
    ASSERT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 1; }));
    const auto route = node.record().requests[0].route;

    node.on_loop([&](Loop& loop) {
        // The request reaches the socket in between these answers, and one of them takes note of it.
        EXPECT_TRUE(late.send(zmtp_frame("second", false)));
        for (int i = 0; i < 100; ++i) {
            loop.replies().send(route, "answer");
            EXPECT_EQ(asking.receive(), "answer");
        }
    });
    EXPECT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 2; }));
}

TEST(ClientEndpoint, AFloodIsTakenInBites) {
    TestNode node({.io_threads = 2});
    std::promise<void> flooded;
    const auto held_up =
        std::async(std::launch::async, [&] { node.on_loop([&](Loop&) { flooded.get_future().wait(); }); });
    std::vector<std::unique_ptr<ClientSocket>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<ClientSocket>(Kind::dealer, node.client_url()));
        for (int n = 0; n < 500; ++n)
            ASSERT_TRUE(clients.back()->send("more"));
    }
    flooded.set_value();
    EXPECT_TRUE(node.await_record([](const Record& record) { return record.requests.size() == 8 * 500; }));
    EXPECT_LE(node.record().inputs_per_turn_max, 256U);
}

}  // namespace
}  // namespace kvbus::bus::test
