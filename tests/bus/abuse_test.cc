// Whoever can reach a port can say anything to it. None of that may end the process or keep others from being
// served.
#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"
#include "bus/support/child_process.h"
#include "bus/support/client_socket.h"
#include "bus/support/raw_connection.h"
#include "bus/support/test_node.h"
#include "wire/limits.h"

namespace kvbus::bus::test {
namespace {

using Kind = ClientSocket::Kind;

std::string random_bytes(Random& random, std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random.next());
    return bytes;
}

std::vector<std::string> garbage() {
    Random random(7);
    std::vector<std::string> all{
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(100, ' '),
        std::string(200, '\0'),
        std::string("\x05\0abcd\x05\0efgh\x05\0ijkl", 18),  // would be messages in ZMTP 1
        std::string("\xff\0\0\0\0\0\0\0\0\x7f\x01\0", 12) + std::string(200, '\1'),  // ZMTP 2
        zmtp_greeting().replace(12, 4, "XULL") + zmtp_ready("DEALER"),               // an unknown mechanism
        zmtp_greeting() + std::string(500, '\xff'),                                  // a greeting, then noise
        zmtp_greeting() + std::string("\x04\0", 2),                                  // an empty command
        zmtp_greeting() + zmtp_frame("a message before the handshake", false),
        zmtp_greeting() + zmtp_ready("NOSUCH"),
        zmtp_greeting() + zmtp_ready(std::string(200, 'x')),
    };
    for (int i = 0; i < 50; ++i)
        all.push_back(random_bytes(random, 100 + 10 * static_cast<std::size_t>(i)));
    return all;
}

void expect_served(TestNode& node) {
    ClientSocket client(Kind::req, node.client_url());
    EXPECT_EQ(client.ask("hello"), "hello");
    ClientSocket sender(Kind::push, node.peer_url());
    const std::size_t before = node.record().peer_frames.size();
    EXPECT_TRUE(sender.send("frame"));
    EXPECT_TRUE(node.await_record([&](const Record& record) { return record.peer_frames.size() > before; }));
}

TEST(Abuse, GarbageNeverBecomesAFrameAndIsCounted) {
    TestNode node({.echo = true});
    const auto all = garbage();
    for (const std::string& bytes : all) {
        // libzmq closes the connection when it sees that this leads nowhere, or else when we do.
        for (const std::uint16_t port : {node.client_port(), node.peer_port()}) {
            RawConnection connection(port);
            (void)connection.send(bytes);
        }
    }
    EXPECT_TRUE(node.await_stats([&](const LoopStats& stats) {
        return stats.client_connections == all.size() && stats.peer_connections == all.size();
    }));
    const LoopStats stats = node.stats();
    EXPECT_EQ(stats.client_handshakes, 0U);
    EXPECT_EQ(stats.peer_handshakes, 0U);
    EXPECT_EQ(stats.client_frames_in + stats.peer_frames_in, 0U);
    expect_served(node);
}

TEST(Abuse, AConnectionThatStaysSilentOrIsCutHarmsNobody) {
    TestNode node({.echo = true});
    RawConnection silent(node.client_port());
    RawConnection half_greeted(node.client_port());
    (void)half_greeted.send(zmtp_greeting().substr(0, 20));
    for (int i = 0; i < 20; ++i) {
        RawConnection(node.client_port()).reset();
        RawConnection greeted(node.peer_port());
        (void)greeted.send(zmtp_greeting());
        greeted.reset();
    }
    expect_served(node);
}

TEST(Abuse, TheWrongKindOfSocketIsTurnedAway) {
    TestNode node({.echo = true});
    ClientSocket push(Kind::push, node.client_url());    // a peer's socket at the clients' port
    ClientSocket dealer(Kind::dealer, node.peer_url());  // and the reverse
    EXPECT_TRUE(dealer.send("hello?"));
    EXPECT_TRUE(node.await_stats([](const LoopStats& stats) { return stats.peer_connections > 0; }));
    expect_served(node);
    EXPECT_EQ(node.stats().peer_frames_in, 1U) << "that of expect_served()";
}

TEST(Abuse, MultipartBodiesAreDroppedAndCounted) {
    TestNode node({.echo = true});
    ClientSocket dealer(Kind::dealer, node.client_url());
    ASSERT_TRUE(dealer.send_parts({"", "two", "bodies"}));
    ASSERT_TRUE(dealer.send_parts({"no", "delimiter"}));
    ASSERT_TRUE(dealer.send_parts(std::vector<std::string>(10'000, "part")));
    ASSERT_TRUE(dealer.send(""));
    EXPECT_EQ(dealer.ask("fine"), "fine");
    EXPECT_EQ(node.record().bad_client_frames, 4U);

    ClientSocket peer(Kind::push, node.peer_url());
    ASSERT_TRUE(peer.send_parts({"a", "b"}));
    ASSERT_TRUE(peer.send_parts(std::vector<std::string>(10'000, "part")));
    ASSERT_TRUE(peer.send("fine"));
    ASSERT_TRUE(node.await_record([](const Record& record) { return !record.peer_frames.empty(); }));
    EXPECT_EQ(node.record().peer_frames, (std::vector<std::string>{"fine"}));
    EXPECT_EQ(node.record().bad_peer_frames, 2U);
}

TEST(Abuse, AMessageThatNeverEndsIsNeverSeen) {
    TestNode node({.echo = true});
    for (const auto& [port, type] : {std::pair{node.client_port(), "DEALER"}, {node.peer_port(), "PUSH"}}) {
        RawConnection endless(port);
        ASSERT_TRUE(endless.shake_hands(type));
        for (int i = 0; i < 1000; ++i)
            ASSERT_TRUE(endless.send(zmtp_frame("more", true)));
    }
    expect_served(node);
    EXPECT_EQ(node.record().requests.size(), 1U);
}

TEST(Abuse, AnOversizedFrameEndsItsConnectionOnly) {
    TestNode node({.echo = true});
    ClientSocket bystander(Kind::req, node.client_url());
    EXPECT_EQ(bystander.ask("before"), "before");

    RawConnection client(node.client_port());
    ASSERT_TRUE(client.shake_hands("DEALER"));
    (void)client.send(zmtp_frame(std::string(wire::limits::client_frame_bytes_max + 1, 'x'), false));
    EXPECT_TRUE(client.closed_by_peer());

    RawConnection peer(node.peer_port());
    ASSERT_TRUE(peer.shake_hands("PUSH"));
    (void)peer.send(zmtp_frame(std::string(wire::limits::peer_frame_bytes_max + 1, 'x'), false));
    EXPECT_TRUE(peer.closed_by_peer());

    EXPECT_EQ(bystander.ask("after"), "after");
    EXPECT_EQ(node.stats().client_frames_in, 2U);
    EXPECT_EQ(node.stats().peer_frames_in, 0U);
    expect_served(node);
}

TEST(Abuse, TwoClientsThatClaimOneIdentityHarmOnlyEachOther) {
    TestNode node({.echo = true});
    ClientSocket first(Kind::dealer, node.client_url(), "mine");
    EXPECT_EQ(first.ask("one"), "one");
    ClientSocket second(Kind::dealer, node.client_url(), "mine");
    EXPECT_TRUE(second.send("two"));
    EXPECT_EQ(first.ask("three"), "three");
    expect_served(node);
}

// The ids that libzmq 4.3.4 would give to the first anonymous clients of a process that never seeded rand().
std::vector<std::string> foreseeable_routing_ids() {
    // What rand() gives after srand(1), without touching rand() itself.
    char state[128];
    random_data data{};
    initstate_r(1, state, sizeof state, &data);
    std::vector<std::uint32_t> numbers(40);
    for (std::uint32_t& number : numbers) {
        std::int32_t next = 0;
        random_r(&data, &next);
        number = static_cast<std::uint32_t>(next);
    }
    // A socket draws two numbers, and other parts of libzmq may have drawn before it.
    std::vector<std::string> ids;
    for (std::size_t draw = 0; draw + 1 < numbers.size(); ++draw) {
        for (std::uint32_t client = 0; client < 4; ++client) {
            const std::uint32_t number = (numbers[draw] | numbers[draw + 1] << 31) + client;
            std::string id(1, '\0');
            for (int shift = 24; shift >= 0; shift -= 8)
                id.push_back(static_cast<char>(number >> shift));
            ids.push_back(id);
        }
    }
    return ids;
}

TEST(Abuse, NobodyCanForeseeTheNextRoutingId) {
    const ReservedPort client_port;
    const ReservedPort peer_port;
    ChildProcess victim(client_port.url(), peer_port.url());
    // libzmq aborts when an anonymous client gets the id that another has claimed. An identity of its own
    // starts with any byte but zero when libzmq's API sets it; the wire takes any.
    std::vector<RawConnection> claims;
    for (const std::string& id : foreseeable_routing_ids()) {
        claims.emplace_back(client_port.number());
        ASSERT_TRUE(claims.back().shake_hands("DEALER", id));
        ASSERT_TRUE(claims.back().send(zmtp_frame("x", false)));
    }
    std::vector<std::unique_ptr<ClientSocket>> anonymous;
    for (int i = 0; i < 20 && victim.running(); ++i) {
        anonymous.push_back(std::make_unique<ClientSocket>(Kind::dealer, client_port.url()));
        EXPECT_EQ(anonymous.back()->ask("alive?"), "alive?");
    }
    EXPECT_TRUE(victim.running());
}

}  // namespace
}  // namespace kvbus::bus::test
