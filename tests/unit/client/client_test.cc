// The client library over real sockets.
#include <latch>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kvbus/client.h>

#include "client/blocking.h"
#include "unit/client/client_fixture.h"

namespace kvbus::client {
namespace {

using testing::HasSubstr;

TEST_F(ClientTest, PutsGetsAndRemoves) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    const auto put = client.put("greeting", "hello");
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_EQ(put->revision.value, 2U);
    EXPECT_EQ(put->header.cluster.value, 9U);
    ASSERT_TRUE(client.put("greeting/2", "you").ok());

    const auto got = client.get("greeting");
    ASSERT_TRUE(got.ok());
    ASSERT_EQ(got->kvs.size(), 1U);
    EXPECT_EQ(got->kvs[0].value, "hello");
    EXPECT_EQ(got->kvs[0].create_revision.value, 2U);

    const auto range = client.get("greeting", {.range_end = prefix_end("greeting"), .limit = 1});
    ASSERT_TRUE(range.ok());
    EXPECT_EQ(range->kvs.size(), 1U);
    EXPECT_EQ(range->count, 2U);
    EXPECT_TRUE(range->more);

    const auto removed = client.remove("greeting", {.range_end = prefix_end("greeting")});
    ASSERT_TRUE(removed.ok());
    EXPECT_EQ(removed->deleted, 2U);
    EXPECT_EQ(client.get("greeting")->kvs.size(), 0U);
}

TEST_F(ClientTest, TellsStatusAndMembers) {
    const auto first = start_node(1);
    const auto second = start_node(2);
    make_members({first.get(), second.get()});
    make_leader(2);
    Client client({.endpoints = {first->url()}});
    const auto status = client.status(second->url());
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(status->name, "n2");
    EXPECT_EQ(status->role, "leader");
    EXPECT_EQ(status->endpoint, second->url());
    EXPECT_EQ(client.members()->members.size(), 2U);
}

TEST_F(ClientTest, AsksTheNodeThatIsNamedForItsSnapshot) {
    const auto first = start_node(1);
    const auto second = start_node(2);
    make_members({first.get(), second.get()});
    make_leader(1);
    Client client({.endpoints = {first->url()}});
    const auto take = [&](std::uint64_t at_least) {
        return wait_for<SnapshotTaken>([&](Client::OnSnapshot done) {
            client.take_snapshot_async(second->url(), at_least, std::move(done));
        });
    };
    const auto waiting = take(0);
    ASSERT_TRUE(waiting.ok()) << waiting.error().message;
    EXPECT_EQ(waiting->manifest, "");
    const auto taken = take(waiting->at_least);
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    EXPECT_EQ(taken->manifest, "manifest");
    EXPECT_EQ(taken->header.node, NodeId{2});

    const auto fetch = [&](std::uint32_t number) {
        return wait_for<SnapshotChunk>([&](Client::OnSnapshotChunk done) {
            client.snapshot_chunk_async(second->url(), {7, 1, number}, std::move(done));
        });
    };
    const auto chunk = fetch(0);
    ASSERT_TRUE(chunk.ok()) << chunk.error().message;
    EXPECT_TRUE(chunk->found);
    EXPECT_EQ(chunk->bytes, "bytes");
    EXPECT_EQ(chunk->hash, 7U);
    EXPECT_FALSE(fetch(1)->found);
    const auto nowhere = wait_for<SnapshotTaken>(
        [&](Client::OnSnapshot done) { client.take_snapshot_async("nowhere", 0, std::move(done)); });
    EXPECT_EQ(code_of(nowhere), Code::invalid_argument);
}

TEST_F(ClientTest, MovesToTheLeader) {
    const auto first = start_node(1);
    const auto second = start_node(2);
    make_members({first.get(), second.get()});
    make_leader(2);
    Client client({.endpoints = {first->url()}});
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (second->requests() == 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        ASSERT_TRUE(client.put("a", "1").ok());
    }
    const std::uint64_t before = first->requests();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(client.put("a", "1").ok());
    EXPECT_EQ(first->requests(), before);
}

TEST_F(ClientTest, CallsFromManyThreadsAllGetTheirOwnAnswer) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}, .timeout = patience});
    constexpr int threads_count = 8;
    constexpr int calls = 200;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < threads_count; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < calls; ++i) {
                const std::string key = std::to_string(thread) + "/" + std::to_string(i);
                ASSERT_TRUE(client.put(key, "value of " + key).ok());
                const auto got = client.get(key);
                ASSERT_TRUE(got.ok());
                ASSERT_EQ(got->kvs.at(0).value, "value of " + key);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(client.get("0", {.range_end = "9", .count_only = true})->count, threads_count * calls);
}

TEST_F(ClientTest, CallsMadeTogetherShareFrames) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}, .timeout = patience});
    ASSERT_TRUE(client.put("a", "1").ok());
    const std::uint64_t frames_before = node->frames();
    Tally tally;
    constexpr int calls = 1000;
    client.get_async("a", {}, [&](const auto&) {
        for (int i = 0; i < calls; ++i) {
            client.get_async("a", {}, [&](const auto& got) { tally.add(code_of(got)); });
        }
    });
    EXPECT_THAT(tally.wait_for(calls), testing::Each(Code::ok));
    EXPECT_LE(node->frames() - frames_before, 3U);
}

TEST_F(ClientTest, FailsOverWhenANodeDies) {
    auto first = start_node(1);
    const auto second = start_node(2);
    make_members({first.get(), second.get()});
    make_leader(1);
    Client client({.endpoints = {first->url(), second->url()}, .timeout = patience});
    ASSERT_TRUE(client.put("a", "1").ok());
    first->set_mode(FakeServer::Mode::swallow);
    Tally tally;
    for (int i = 0; i < 100; ++i) {
        client.put_async("key" + std::to_string(i), "v", {},
                         [&](const auto& put) { tally.add(code_of(put)); });
    }
    first.reset();
    EXPECT_THAT(tally.wait_for(100), testing::Each(Code::ok));
    EXPECT_EQ(client.get("key", {.range_end = prefix_end("key")})->count, 100U);
}

TEST_F(ClientTest, AWriteIsAppliedOnceHoweverOftenItIsSent) {
    auto node = start_node(1);
    const int port = node->port();
    Client client({.endpoints = {node->url()}, .timeout = patience});
    ASSERT_TRUE(client.put("a", "1").ok());
    node->set_mode(FakeServer::Mode::mute);
    Tally tally;
    client.put_async("b", "2", {}, [&](const auto& put) { tally.add(code_of(put)); });
    for (int deaths = 0; deaths < 3; ++deaths) {
        node->wait_for_write();  // applied, and the answer is lost with the node
        node.reset();
        node = start_node(1, port, deaths < 2 ? FakeServer::Mode::mute : FakeServer::Mode::serve);
    }
    EXPECT_THAT(tally.wait_for(1), testing::Each(Code::ok));
    EXPECT_EQ(client.get("b")->kvs.at(0).version, 1U);
}

TEST_F(ClientTest, SaysThatNothingCanBeReached) {
    const std::string url = unused_url();
    Client client({.endpoints = {url}, .timeout = 200ms});
    const auto put = client.put("a", "1");
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, Code::connection);
    EXPECT_THAT(put.error().message, testing::AllOf(HasSubstr(url), HasSubstr("refused")));
    EXPECT_EQ(code_of(client.get("a")), Code::connection);
    EXPECT_EQ(code_of(client.status(url)), Code::connection);
}

TEST_F(ClientTest, WaitsForAConnectionNoLongerThanItMay) {
    Client client({.endpoints = {unused_url()}, .timeout = 60s, .connect_timeout = 100ms});
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(code_of(client.put("a", "1")), Code::connection);
    EXPECT_LT(std::chrono::steady_clock::now() - start, patience);
}

TEST_F(ClientTest, SaysThatANameIsNotKnown) {
    Client client({.endpoints = {"tcp://no-such-host.invalid:4370"}, .timeout = 300ms});
    const auto got = client.get("a");
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, Code::connection);
    EXPECT_THAT(got.error().message, HasSubstr("host name not found"));
}

TEST_F(ClientTest, AnUnansweredWriteIsUnknownAndAReadTimesOut) {
    const auto node = start_node(1);
    node->set_mode(FakeServer::Mode::swallow);
    Client client({.endpoints = {node->url()}, .timeout = 200ms});
    EXPECT_EQ(code_of(client.put("a", "1")), Code::outcome_unknown);
    EXPECT_EQ(code_of(client.get("a")), Code::timeout);
    EXPECT_EQ(code_of(client.status(node->url())), Code::timeout);
}

TEST_F(ClientTest, ReportsAnOverloadThatLasts) {
    const auto node = start_node(1);
    node->set_mode(FakeServer::Mode::overloaded);
    Client client({.endpoints = {node->url()}, .timeout = 200ms});
    EXPECT_EQ(code_of(client.put("a", "1")), Code::overloaded);
    EXPECT_GE(node->requests(), 3U) << "it was tried again";
}

TEST_F(ClientTest, ClosingEndsWhatIsUnderWay) {
    const auto node = start_node(1);
    node->set_mode(FakeServer::Mode::swallow);
    Tally tally;
    {
        Client client({.endpoints = {node->url()}});
        for (int i = 0; i < 100; ++i) {
            client.put_async("a", "1", {}, [&](const auto& put) { tally.add(code_of(put)); });
            client.get_async("a", {}, [&](const auto& got) { tally.add(code_of(got)); });
        }
    }
    EXPECT_THAT(tally.wait_for(200), testing::AllOf(testing::SizeIs(200), testing::Each(Code::closed)));
}

TEST_F(ClientTest, WhatIsAskedForLastIsStillSent) {
    const auto node = start_node(1);
    constexpr int lives = 50;
    for (int life = 1; life <= lives; ++life) {
        Client client({.endpoints = {node->url()}});
        ASSERT_EQ(code_of(client.get("a")), Code::ok) << "it is connected";
        client.increment_async("lives", 1, [](const auto&) {});
    }
    Client client({.endpoints = {node->url()}});
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::string counted;
    while (counted != std::to_string(lives) && std::chrono::steady_clock::now() < deadline) {
        const auto got = client.get("lives");
        if (got.ok() && !got->kvs.empty()) counted = got->kvs.front().value;
    }
    EXPECT_EQ(counted, std::to_string(lives));
}

TEST_F(ClientTest, MoreCallsThanAllowedAreRefused) {
    const auto node = start_node(1);
    node->set_mode(FakeServer::Mode::swallow);
    Tally tally;
    Client client({.endpoints = {node->url()}, .timeout = 500ms, .in_flight_max = 10});
    for (int i = 0; i < 30; ++i)
        client.get_async("a", {}, [&](const auto& got) { tally.add(code_of(got)); });
    const auto codes = tally.wait_for(30);
    EXPECT_LE(std::ranges::count(codes, Code::timeout), 10);
    EXPECT_GE(std::ranges::count(codes, Code::overloaded), 20);
}

TEST_F(ClientTest, AWaitingCallInACallbackIsRefusedInsteadOfHanging) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    Tally tally;
    client.put_async("a", "1", {}, [&](const auto&) { tally.add(code_of(client.get("a"))); });
    EXPECT_THAT(tally.wait_for(1), testing::Each(Code::invalid_argument));
}

TEST_F(ClientTest, ImpossibleOptionsFailEveryCall) {
    const std::string good = "tcp://127.0.0.1:4370";
    const std::vector<std::pair<ClientOptions, const char*>> impossible = {
        {{.endpoints = {}}, "no endpoint"},
        {{.endpoints = {"127.0.0.1:4370"}}, "127.0.0.1:4370"},
        {{.endpoints = {good, "tcp://host"}}, "tcp://host"},
        {{.endpoints = std::vector<std::string>(65, good)}, "65 endpoints"},
        {{.endpoints = {good}, .timeout = 0ms}, "timeout"},
        {{.endpoints = {good}, .timeout = 60'001ms}, "timeout"},
        {{.endpoints = {good}, .connect_timeout = 0ms}, "connect_timeout"},
        {{.endpoints = {good}, .in_flight_max = 0}, "in_flight_max"},
        {{.endpoints = {good}, .in_flight_max = 16'385}, "in_flight_max"},
    };
    for (const auto& [options, message] : impossible) {
        Client client(options);
        const auto put = client.put("a", "1");
        ASSERT_FALSE(put.ok());
        EXPECT_EQ(put.error().code, Code::invalid_argument);
        EXPECT_THAT(put.error().message, HasSubstr(message));
        EXPECT_EQ(code_of(client.get("a")), Code::invalid_argument);
        EXPECT_EQ(code_of(client.members()), Code::invalid_argument);
        std::optional<Code> code;
        client.remove_async("a", {}, [&](const auto& removed) { code = code_of(removed); });
        EXPECT_EQ(code, Code::invalid_argument);
    }
}

TEST_F(ClientTest, RefusesWhatNoNodeWouldAccept) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    ASSERT_EQ(code_of(client.get("a")), Code::ok);
    const std::uint64_t before = node->requests();  // for the members, too
    EXPECT_EQ(code_of(client.put("", "1")), Code::invalid_argument);
    EXPECT_EQ(code_of(client.put("a", std::string((1 << 20) + 1, 'v'))), Code::too_large);
    EXPECT_EQ(code_of(client.status("nonsense")), Code::invalid_argument);
    ASSERT_EQ(code_of(client.get("a")), Code::ok);
    EXPECT_EQ(node->requests(), before + 1);
}

TEST(PrefixEnd, IsTheFirstKeyBeyondThePrefix) {
    EXPECT_EQ(prefix_end("abc"), "abd");
    EXPECT_EQ(prefix_end("a\xff"), "b");
    EXPECT_EQ(prefix_end("\xff\xff"), std::string(1, '\0'));
    EXPECT_EQ(prefix_end(""), std::string(1, '\0'));
    EXPECT_EQ(prefix_end(std::string("a\0", 2)), "a\x01");
}

}  // namespace
}  // namespace kvbus::client
