// Watches: what is told, from which place on, and when.
#include <tuple>

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"
#include "wire/limits.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::WatchRequest;

wire::Request change(machine::Change operation) {
    return {.id = 1, .timeout_ms = 0, .body = machine::without_session(std::move(operation))};
}
machine::Operation put_of(std::string_view key, std::string_view value = "v") {
    return {machine::Put{.key = key, .value = value}};
}

// "4 put k=v", "5 removed k", with " over u" for a previous value.
std::string line(const wire::WatchedEvent& event) {
    return std::to_string(event.kv.mod_revision.value) +
           (event.is_put ? " put " + event.kv.key + "=" + event.kv.value : " removed " + event.kv.key) +
           (event.previous ? " over " + event.previous->value : "");
}

struct Told {
    std::optional<Error> error;
    std::vector<std::string> events;
    std::uint64_t next = 0;
    std::uint64_t offset = 0;
    Header header;
};

class Watching : public ::testing::Test {
  protected:
    void SetUp() override { cluster.elect(1); }

    void write(machine::Change operation, int node = 1) {
        cluster.request(node, "writer", change(std::move(operation)));
        cluster.settle();
        for (const auto& reply : cluster.replies(node, "writer"))
            ASSERT_TRUE(std::holds_alternative<machine::Outcome>(reply.body));
    }
    void put(std::string_view key, std::string_view value = "v") { write(machine::Put{key, value}); }
    void remove(std::string_view key, std::string_view end = {}) { write(machine::Delete{key, end}); }

    void ask(const WatchRequest& request, int node = 1, const std::string& who = "w",
             std::uint32_t timeout_ms = 10'000) {
        cluster.request(node, who, {.id = 5, .timeout_ms = timeout_ms, .body = request});
        cluster.settle();
    }
    std::optional<Told> told(int node = 1, const std::string& who = "w") {
        const auto replies = cluster.replies(node, who);
        EXPECT_LE(replies.size(), 1U) << "answered twice";
        if (replies.empty()) return std::nullopt;
        Told told{.header = replies[0].head.header};
        EXPECT_EQ(replies[0].head.id, 5U);
        EXPECT_EQ(replies[0].head.type, wire::RequestType::watch);
        if (const auto* error = std::get_if<Error>(&replies[0].body)) {
            told.error = *error;
            return told;
        }
        const auto& watch = std::get<wire::WatchReply>(replies[0].body);
        for (const auto& event : watch.events)
            told.events.push_back(line(event));
        told.next = watch.next.value;
        told.offset = watch.next_offset;
        return told;
    }
    Told must_tell(const WatchRequest& request, int node = 1) {
        ask(request, node);
        const auto answer = told(node);
        EXPECT_TRUE(answer.has_value()) << "it waits";
        return answer.value_or(Told{});
    }

    Cluster cluster{3};
};

TEST_F(Watching, FromNowOnIsAnsweredAtOnceWithThePlaceToBeginAt) {
    put("a");
    const Told now = must_tell({.key = "a"});
    EXPECT_TRUE(now.events.empty());
    EXPECT_EQ(now.next, 3U);
    EXPECT_EQ(now.offset, 0U);
}

TEST_F(Watching, ThePastIsToldAtOnce) {
    put("a", "1");
    put("b", "2");
    put("a", "3");
    remove("a");
    const Told all = must_tell({.key = "a", .from = Revision{2}, .prev_kv = true});
    EXPECT_THAT(all.events, ElementsAre("2 put a=1", "4 put a=3 over 1", "5 removed a over 3"));
    EXPECT_EQ(all.next, 6U);
    EXPECT_THAT(must_tell({.key = "a", .from = Revision{3}}).events, ElementsAre("4 put a=3", "5 removed a"));
    EXPECT_THAT(must_tell({.key = "a", .range_end = "c", .from = Revision{3}, .no_delete = true}).events,
                ElementsAre("3 put b=2", "4 put a=3"));
    EXPECT_THAT(must_tell({.key = "a", .from = Revision{1}, .keys_only = true, .no_put = true}).events,
                ElementsAre("5 removed a"));
}

TEST_F(Watching, AtTheEndItWaitsForAChangeThatItWants) {
    put("a");
    ask({.key = "a", .from = Revision{3}, .no_delete = true});
    put("b");
    remove("a");
    EXPECT_FALSE(told()) << "neither another key nor a removal";
    EXPECT_EQ(cluster.node(1).status(cluster.now()).watches, 1U);
    put("a", "new");
    const auto woken = told();
    ASSERT_TRUE(woken);
    EXPECT_THAT(woken->events, ElementsAre("5 put a=new"));
    EXPECT_EQ(woken->next, 6U);
    EXPECT_EQ(woken->header.revision, Revision{5});
    EXPECT_EQ(cluster.node(1).status(cluster.now()).watches, 0U);
}

TEST_F(Watching, EveryKindOfRangeIsWoken) {
    const std::string zero(1, '\0');
    const std::vector<std::tuple<std::string, std::string, bool>> ranges = {{"job/1", "", true},
                                                                            {"job/", "job0", true},
                                                                            {"j", "k", true},
                                                                            {"job/1", "job/2", true},
                                                                            {zero, zero, true},
                                                                            {"job/1", zero, true},
                                                                            {"a", "z", true},
                                                                            {"job/2", "", false},
                                                                            {"job/2", zero, false},
                                                                            {"job0", "job1", false},
                                                                            {"k", "l", false},
                                                                            {"job/1/", "job/10", false},
                                                                            {"job/1\xff", "job/2", false},
                                                                            {"z", "a", false}};
    for (std::size_t i = 0; i < ranges.size(); ++i)
        ask({.key = std::get<0>(ranges[i]), .range_end = std::get<1>(ranges[i]), .from = Revision{2}}, 2,
            "w" + std::to_string(i));
    EXPECT_EQ(cluster.node(2).status(cluster.now()).watches, ranges.size());
    put("job/1", "x");
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto answer = told(2, "w" + std::to_string(i));
        ASSERT_EQ(answer.has_value(), std::get<2>(ranges[i])) << i;
        if (answer) {
            EXPECT_THAT(answer->events, ElementsAre("2 put job/1=x")) << i;
        }
    }
}

TEST_F(Watching, ATimeoutIsAnAnswerWithoutEvents) {
    put("a");
    ask({.key = "a", .from = Revision{3}}, 1, "w", 200);
    put("b");
    cluster.advance(milliseconds{190});
    EXPECT_FALSE(told());
    cluster.advance(milliseconds{10});
    const auto late = told();
    ASSERT_TRUE(late);
    EXPECT_TRUE(late->events.empty());
    EXPECT_EQ(late->next, 4U) << "what was not wanted need not be looked at again";
    EXPECT_LE(cluster.now(), cluster.node(1).deadline());
}

TEST_F(Watching, WithoutWaitingItTellsWhatThereIs) {
    put("a");
    const Told nothing = must_tell({.key = "b", .from = Revision{2}, .no_wait = true});
    EXPECT_TRUE(nothing.events.empty());
    EXPECT_EQ(nothing.next, 3U);
}

TEST_F(Watching, ARevisionThatDoesNotFitIsSplitAndSaysSo) {
    put("other");
    ask({.key = "k", .range_end = "l", .from = Revision{3}, .bytes_max = 1}, 1, "waits");
    write(machine::Txn{.success = {put_of("x"), put_of("k1"), put_of("k2"), put_of("y")}});
    put("k3");

    const auto woken = told(1, "waits");
    ASSERT_TRUE(woken);
    EXPECT_THAT(woken->events, ElementsAre("3 put k1=v"));
    EXPECT_EQ(std::pair(woken->next, woken->offset), std::pair(std::uint64_t{3}, std::uint64_t{2}));
    const WatchRequest one{.key = "k", .range_end = "l", .bytes_max = 1};
    const auto at = [&](std::uint64_t from, std::uint64_t offset) {
        WatchRequest request = one;
        request.from = Revision{from};
        request.offset = offset;
        return must_tell(request, 2);
    };
    const Told second = at(3, 2);
    EXPECT_THAT(second.events, ElementsAre("3 put k2=v"));
    EXPECT_EQ(std::pair(second.next, second.offset), std::pair(std::uint64_t{3}, std::uint64_t{3}));
    const Told third = at(3, 3);
    EXPECT_THAT(third.events, ElementsAre("4 put k3=v"));
    EXPECT_EQ(std::pair(third.next, third.offset), std::pair(std::uint64_t{5}, std::uint64_t{0}));
    EXPECT_THAT(at(3, 99).events, ElementsAre("4 put k3=v")) << "no further than the revision";
}

TEST_F(Watching, ARevisionThatFitsExactlyIsNotSplit) {
    constexpr std::uint64_t bytes_of_two = 28;
    ask({.key = "k", .range_end = "l", .from = Revision{2}, .bytes_max = bytes_of_two});
    cluster.request(1, "writer", change(machine::Txn{.success = {put_of("k1"), put_of("k2")}}));
    cluster.request(1, "writer", change(machine::Put{"k3", "v"}));
    cluster.settle();
    const auto woken = told();
    ASSERT_TRUE(woken);
    EXPECT_EQ(woken->events.size(), 2U);
    EXPECT_EQ(woken->offset, 0U);
    EXPECT_EQ(woken->next, 3U);
}

TEST_F(Watching, WhatIsCompactedIsToldWithTheFirstThatIsNot) {
    for (int i = 0; i < 5; ++i)
        put("a");
    ask({.key = "a", .from = Revision{7}}, 1, "caught-up");
    write(machine::Compact{Revision{4}});
    for (const std::uint64_t from : {1, 4}) {
        const Told gone = must_tell({.key = "a", .from = Revision{from}});
        ASSERT_TRUE(gone.error);
        EXPECT_EQ(gone.error->code, Code::compacted);
        EXPECT_EQ(gone.error->first_revision, 5U);
        EXPECT_THAT(gone.error->message, HasSubstr("the first that can be watched is 5"));
    }
    EXPECT_EQ(must_tell({.key = "a", .from = Revision{5}}).events.size(), 2U);
    write(machine::Compact{Revision{6}});
    EXPECT_FALSE(told(1, "caught-up")) << "it needs nothing of the past";
    put("a", "new");
    EXPECT_THAT(told(1, "caught-up")->events, ElementsAre("7 put a=new"));
}

TEST_F(Watching, WhatIsCompactedInTheSameTurnIsToldFirst) {
    ask({.key = "a", .from = Revision{2}});
    cluster.request(1, "writer", change(machine::Put{"a", "1"}));
    cluster.request(1, "writer", change(machine::Put{"a", "2"}));
    cluster.request(1, "writer", change(machine::Compact{Revision{3}}));
    cluster.settle();
    EXPECT_THAT(told()->events, ElementsAre("2 put a=1", "3 put a=2"));
}

TEST_F(Watching, WhatDidNotFitAndIsCompactedInTheSameTurnIsNotPassedOver) {
    ask({.key = "k", .range_end = "l", .from = Revision{2}, .bytes_max = 1});
    cluster.request(1, "writer", change(machine::Txn{.success = {put_of("k1"), put_of("k2"), put_of("x")}}));
    cluster.request(1, "writer", change(machine::Compact{Revision{2}}));
    cluster.settle();
    const auto woken = told();
    ASSERT_TRUE(woken);
    EXPECT_THAT(woken->events, ElementsAre("2 put k1=v"));
    EXPECT_EQ(std::pair(woken->next, woken->offset), std::pair(std::uint64_t{2}, std::uint64_t{1}));
    const Told rest = must_tell({.key = "k", .range_end = "l", .from = Revision{2}, .offset = 1});
    ASSERT_TRUE(rest.error);
    EXPECT_EQ(rest.error->code, Code::compacted);
}

TEST_F(Watching, ARangeOfTheCompactedPastNamesTheFirstRevisionToo) {
    for (int i = 0; i < 3; ++i)
        put("a");
    write(machine::Compact{Revision{3}});
    cluster.request(
        1, "r",
        {.id = 1, .timeout_ms = 0, .body = wire::RangeRequest{{.key = "a", .revision = Revision{2}}}});
    cluster.settle();
    const auto replies = cluster.replies(1, "r");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(std::get<Error>(replies[0].body).first_revision, 3U);
}

TEST_F(Watching, AtANodeThatIsBehindItWaitsUntilThatHasCaughtUp) {
    cluster.cut(3);
    put("a", "1");
    put("a", "2");
    cluster.heal();
    cluster.request(3, "w",
                    {.id = 5, .timeout_ms = 10'000, .body = WatchRequest{.key = "a", .from = Revision{3}}});
    cluster.node(3).turn(cluster.now());
    EXPECT_FALSE(told(3)) << "not a place of the future, as it turns out";
    cluster.advance(milliseconds{300});
    EXPECT_THAT(told(3)->events, ElementsAre("3 put a=2"));
}

TEST_F(Watching, APlaceThatNobodyCanHaveToldIsOfTheFuture) {
    put("a");
    for (const auto& [from, offset] : {std::pair{4, 0}, {3, 1}}) {
        const Told future = must_tell({.key = "a",
                                       .from = Revision{static_cast<std::uint64_t>(from)},
                                       .offset = static_cast<std::uint64_t>(offset)},
                                      2);
        ASSERT_TRUE(future.error) << from;
        EXPECT_EQ(future.error->code, Code::future_revision);
        EXPECT_THAT(future.error->message, HasSubstr("the store is at 2"));
    }
}

TEST_F(Watching, WithoutALeaderItIsStillServedAndTold) {
    put("a");
    cluster.cut(1);
    ask({.key = "a", .from = Revision{3}}, 1, "w", 3000);
    cluster.advance(seconds{2});
    EXPECT_FALSE(told());
    EXPECT_EQ(must_tell({.key = "a", .from = Revision{2}}).header.leader, NodeId{});
    cluster.advance(seconds{2});
    const auto late = told();
    ASSERT_TRUE(late);
    EXPECT_TRUE(late->events.empty());
    EXPECT_EQ(late->header.leader, NodeId{});
}

TEST_F(Watching, LongHistoryIsLookedThroughInSteps) {
    for (int i = 0; i < 50; ++i) {
        std::vector<std::string> keys;
        for (int k = 0; k < 100; ++k)
            keys.push_back("k" + std::to_string(k));
        machine::Txn txn;
        for (const std::string& key : keys)
            txn.success.push_back(put_of(key));
        write(txn);
    }
    put("rare");
    const Told first = must_tell({.key = "rare", .from = Revision{2}});
    EXPECT_TRUE(first.events.empty());
    EXPECT_GT(first.next, 2U);
    EXPECT_LT(first.next, 52U);
    std::uint64_t from = first.next;
    int steps = 1;
    for (;; ++steps) {
        const Told more = must_tell({.key = "rare", .from = Revision{from}, .offset = first.offset});
        if (!more.events.empty()) break;
        ASSERT_GT(more.next, from);
        from = more.next;
    }
    EXPECT_LE(steps, 4);

    // Many at once wait for the turns to come, and are all answered.
    constexpr int many = 60;
    for (int i = 0; i < many; ++i)
        cluster.request(1, "w" + std::to_string(i),
                        {.id = 5, .timeout_ms = 0, .body = WatchRequest{.key = "rare", .from = Revision{2}}});
    cluster.node(1).turn(cluster.now());
    EXPECT_LT(cluster.node(1).deadline(), cluster.now()) << "there is more to do";
    EXPECT_FALSE(told(1, "w59"));
    for (int turns = 0; turns < 10; ++turns)
        cluster.node(1).turn(cluster.now());
    for (int i = 1; i < many; ++i)
        EXPECT_TRUE(told(1, "w" + std::to_string(i))) << i;
}

TEST(WatchLimits, AboveThemRequestsAreRefused) {
    Cluster cluster(1, Config{.in_flight_requests_max = 1, .watches_max = 2, .watches_bytes_max = 100});
    cluster.advance(milliseconds{10});
    const auto ask = [&](const std::string& who, const std::string& key) {
        cluster.request(1, who,
                        {.id = 5, .timeout_ms = 1000, .body = WatchRequest{.key = key, .from = Revision{2}}});
        cluster.settle();
        const auto replies = cluster.replies(1, who);
        return replies.empty() ? Code::ok : std::get<Error>(replies[0].body).code;
    };
    EXPECT_EQ(ask("a", std::string(90, 'k')), Code::ok);
    EXPECT_EQ(ask("b", std::string(11, 'k')), Code::overloaded) << "too many bytes";
    EXPECT_EQ(ask("c", "k"), Code::ok);
    EXPECT_EQ(ask("d", "k"), Code::overloaded) << "too many of them";
    cluster.advance(milliseconds{1001});
    EXPECT_EQ(cluster.node(1).status(cluster.now()).watches, 0U);
    EXPECT_EQ(ask("e", std::string(90, 'k')), Code::ok) << "those that ended made room";
}

TEST(WatchLimits, ChangesThatDoNotFitATurnAreToldInTheNext) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    constexpr int many = 60;
    const std::string value(wire::limits::value_bytes_max, 'v');
    for (int i = 0; i < many; ++i)
        cluster.request(1, "w" + std::to_string(i),
                        {.id = 5, .timeout_ms = 5000, .body = WatchRequest{.key = "k", .from = Revision{2}}});
    cluster.settle();
    cluster.request(1, "writer", change(machine::Put{"k", value}));
    std::size_t answered = 0;
    for (int turns = 0; turns < 20; ++turns) {
        std::size_t in_this_turn = 0;
        cluster.step();
        for (int i = 0; i < many; ++i) {
            for (const auto& reply : cluster.replies(1, "w" + std::to_string(i))) {
                EXPECT_EQ(std::get<wire::WatchReply>(reply.body).events.size(), 1U);
                ++in_this_turn;
            }
        }
        EXPECT_LE(in_this_turn, 33U);
        answered += in_this_turn;
    }
    EXPECT_EQ(answered, static_cast<std::size_t>(many));
}

}  // namespace
}  // namespace kvbus::node::testing
