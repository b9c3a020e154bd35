#include "bus/loop.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/wake.h"
#include "bus/support/client_socket.h"
#include "bus/support/test_node.h"

namespace kvbus::bus::test {
namespace {

using namespace std::chrono_literals;

Error error_of(const std::string& client_url, const std::string& peer_url) {
    const auto loop =
        Loop::open({.listen_client = client_url, .listen_peer = peer_url, .self = {}, .members = {}});
    return loop.ok() ? Error{Code::ok, "no error"} : loop.error();
}

TEST(Loop, NamesTheAddressThatIsInUse) {
    TestNode node;
    const ReservedPort free;
    for (const auto& [client, peer] :
         {std::pair{node.client_url(), free.url()}, {free.url(), node.peer_url()}}) {
        const Error error = error_of(client, peer);
        EXPECT_EQ(error.code, Code::in_use);
        EXPECT_NE(error.message.find(client == free.url() ? peer : client), std::string::npos)
            << error.message;
        EXPECT_EQ(error.message.find('\n'), std::string::npos);
    }
    EXPECT_EQ(error_of(free.url(), ReservedPort().url()).code, Code::ok);
}

TEST(Loop, RefusesAddressesThatMakeNoSense) {
    const ReservedPort free;
    for (const std::string bad : {"", "ipc:///tmp/x", "tcp://127.0.0.1", "tcp://no-such-host.invalid:4370",
                                  "tcp://localhost.localdomain:4370", "tcp://192.0.2.1:4370"}) {
        for (const auto& [client, peer] : {std::pair{bad, free.url()}, {free.url(), bad}}) {
            const Error error = error_of(client, peer);
            EXPECT_EQ(error.code, Code::invalid_argument) << bad << ": " << error.message;
            EXPECT_NE(error.message.find(bad), std::string::npos) << error.message;
        }
    }
}

TEST(Loop, ListensOnIpv6) {
    const ReservedPort port;
    const std::string url = "tcp://[::1]:" + std::to_string(port.number());
    if (!std::filesystem::exists("/proc/net/if_inet6")) GTEST_SKIP() << "this kernel has no IPv6";
    EXPECT_EQ(error_of(url, port.url()).code, Code::ok);
}

TEST(Loop, CallsASourceWhileItIsReadable) {
    const ReservedPort client;
    const ReservedPort peer;
    auto loop =
        Loop::open({.listen_client = client.url(), .listen_peer = peer.url(), .self = {}, .members = {}});
    ASSERT_TRUE(loop.ok());

    struct Idle final : Handler {
        void client_frame(Instant, const node::Route&, std::string_view) override {}
        void peer_frame(Instant, std::string_view) override {}
        void bad_client_frame() override {}
        void bad_peer_frame() override {}
        void peer_lost(Instant, NodeId) override {}
        void turn(Instant) override { ++turns; }
        [[nodiscard]] Instant deadline() const override { return never; }
        int turns = 0;
    } handler;
    Wake ready;
    Wake quiet;
    ready.wake();
    int calls = 0;
    (*loop)->add_source(ready.fd(), [&] {
        EXPECT_EQ(handler.turns, calls) << "a turn follows each call";
        if (++calls < 3) return;
        ready.clear();
        (*loop)->stop();
    });
    (*loop)->add_source(quiet.fd(), [] { FAIL() << "was never woken"; });
    (*loop)->run(handler);
    EXPECT_EQ(calls, 3);
    EXPECT_GE(handler.turns, 3);
    EXPECT_LE(monotonic_now() - (*loop)->now(), 20s);
}

TEST(Loop, GivesATurnAtTheDeadlineAndNotBefore) {
    std::vector<Instant> deadlines;
    Record record;
    {
        TestNode node({.deadline = [&](Instant now) { return deadlines.emplace_back(now + 1500us); }});
        ASSERT_TRUE(node.await_record([](const Record& sofar) { return sofar.turns >= 100; }));
        record = node.record();
    }
    std::size_t early = 0;
    for (std::size_t i = 0; i < record.turn_times.size(); ++i) {
        if (record.turn_times[i] < deadlines[i]) ++early;
    }
    // The first turn is for what came in before the loop ran, and one or two may be for libzmq's own sake.
    EXPECT_LE(early, 3U);
}

TEST(Loop, DoesNotSpin) {
    const Instant end = monotonic_now() + 300ms;
    TestNode node({.deadline = [&](Instant now) { return now < end ? end : never; }});
    EXPECT_TRUE(node.await_record([&](const Record& record) { return record.last_turn >= end; }));
    EXPECT_LE(node.record().turns, 20U);
    EXPECT_LT(node.stats().busy, 200ms);
}

TEST(Loop, SaysHowBusyItIs) {
    TestNode node({.echo = true, .deadline = [](Instant now) { return now + 10ms; }});
    EXPECT_TRUE(node.await_stats([](const LoopStats& stats) { return stats.busy_share > 0; }));
    const LoopStats stats = node.stats();
    EXPECT_LE(stats.busy_share, 1.0);
    EXPECT_GT(stats.turns, 0U);
}

}  // namespace
}  // namespace kvbus::bus::test
