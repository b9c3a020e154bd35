// What a watch asks for next, and what it tells.
#include "client/watch_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvbus::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

wire::WatchedEvent event(std::uint64_t revision, std::string key = "k") {
    return {.kv = {.key = std::move(key), .mod_revision = Revision{revision}}};
}

wire::WatchReply reply(std::uint64_t next, std::vector<wire::WatchedEvent> events = {},
                       std::uint64_t next_offset = 0) {
    return {Revision{next}, next_offset, std::move(events)};
}

std::vector<std::uint64_t> revisions(const WatchBatch& batch) {
    std::vector<std::uint64_t> result;
    for (const WatchEvent& event : batch.events)
        result.push_back(event.kv.mod_revision.value);
    return result;
}

TEST(WatchPlace, AsksForWhatItWasMadeFor) {
    const WatchPlace place("a", {.range_end = "b",
                                 .revision = Revision{7},
                                 .prev_kv = true,
                                 .keys_only = true,
                                 .no_put = true,
                                 .no_delete = true});
    const wire::WatchRequest request = place.request();
    EXPECT_EQ(request.key, "a");
    EXPECT_EQ(request.range_end, "b");
    EXPECT_EQ(request.from, Revision{7});
    EXPECT_EQ(request.offset, 0U);
    EXPECT_TRUE(request.prev_kv && request.keys_only && request.no_put && request.no_delete);
    EXPECT_FALSE(request.no_wait);
}

TEST(WatchPlace, TheFirstReplyFixesThePlaceOfOneThatBeginsNow) {
    WatchPlace place("k", {});
    EXPECT_EQ(place.request().from, Revision{});
    EXPECT_FALSE(place.advance({}, reply(12)).has_value());
    EXPECT_EQ(place.request().from, Revision{12});
}

TEST(WatchPlace, GoesOnAfterWhatWasTold) {
    WatchPlace place("k", {.revision = Revision{5}});
    const auto batch = place.advance({.node = NodeId{3}}, reply(9, {event(5), event(8)}));
    ASSERT_TRUE(batch.has_value());
    EXPECT_THAT(revisions(*batch), ElementsAre(5, 8));
    EXPECT_EQ(batch->header.node, NodeId{3});
    EXPECT_EQ(batch->next, Revision{9});
    EXPECT_FALSE(batch->fragment);
    EXPECT_EQ(place.request().from, Revision{9});
}

TEST(WatchPlace, AReplyWithoutEventsMovesItSilently) {
    WatchPlace place("k", {.revision = Revision{5}});
    EXPECT_FALSE(place.advance({}, reply(100)).has_value());
    EXPECT_EQ(place.request().from, Revision{100});
}

TEST(WatchPlace, TellsProgressWhenWantedAndThatItHasBegunAtOnce) {
    WatchPlace place("k", {.revision = Revision{5}, .progress = true});
    EXPECT_TRUE(place.request().no_wait);
    const auto begun = place.advance({}, reply(5));
    ASSERT_TRUE(begun.has_value());
    EXPECT_THAT(begun->events, IsEmpty());
    EXPECT_EQ(begun->next, Revision{5});
    EXPECT_FALSE(place.request().no_wait);
    EXPECT_TRUE(place.advance({}, reply(9)).has_value());
}

// --- a revision in parts ---------------------------------------------------------------------------------

TEST(WatchPlace, APartOfARevisionIsMarkedUntilItsLastPart) {
    WatchPlace place("k", {.revision = Revision{5}});
    auto batch = place.advance({}, reply(5, {event(5, "a"), event(5, "b")}, 2));
    EXPECT_TRUE(batch->fragment);
    EXPECT_EQ(batch->next, Revision{5});
    EXPECT_EQ(place.request().from, Revision{5});
    EXPECT_EQ(place.request().offset, 2U);
    batch = place.advance({}, reply(5, {event(5, "c")}, 3));
    EXPECT_TRUE(batch->fragment);
    batch = place.advance({}, reply(6, {event(5, "d")}));
    EXPECT_FALSE(batch->fragment);
    EXPECT_EQ(place.request().from, Revision{6});
    EXPECT_EQ(place.request().offset, 0U);
}

TEST(WatchPlace, TheEndOfARevisionInPartsIsToldEvenWhenNothingIsLeftOfIt) {
    WatchPlace place("k", {.revision = Revision{5}});
    EXPECT_TRUE(place.advance({}, reply(5, {event(5)}, 100))->fragment);
    EXPECT_FALSE(place.advance({}, reply(5, {}, 200)).has_value()) << "still in the middle of it";
    const auto end = place.advance({}, reply(6));
    ASSERT_TRUE(end.has_value());
    EXPECT_THAT(end->events, IsEmpty());
    EXPECT_FALSE(end->fragment);
    EXPECT_FALSE(place.advance({}, reply(7)).has_value());
}

TEST(WatchPlace, ARevisionOfWhichNothingWasToldIsNoFragment) {
    WatchPlace place("k", {.revision = Revision{5}});
    const auto batch = place.advance({}, reply(8, {event(7)}, 500));
    EXPECT_FALSE(batch->fragment);
    EXPECT_EQ(place.request().offset, 500U);
}

// --- replies that make no sense --------------------------------------------------------------------------

TEST(WatchPlace, AReplyNeitherGoesBackNorTellsWhatLiesOutside) {
    const wire::WatchRequest request{.key = "k", .from = Revision{5}, .offset = 2};
    EXPECT_TRUE(goes_on(request, reply(5, {}, 2)));
    EXPECT_TRUE(goes_on(request, reply(6)));
    EXPECT_TRUE(goes_on(request, reply(9, {event(5), event(7), event(7), event(8)})));
    EXPECT_FALSE(goes_on(request, reply(4)));
    EXPECT_FALSE(goes_on(request, reply(5, {}, 1)));
    EXPECT_FALSE(goes_on(request, reply(9, {event(4)})));
    EXPECT_FALSE(goes_on(request, reply(9, {event(7), event(6)})));
    EXPECT_FALSE(goes_on(request, reply(9, {event(10)})));
    EXPECT_FALSE(goes_on(request, reply(9, {event(9)}))) << "9 was told, and is to be told";
    EXPECT_TRUE(goes_on(request, reply(9, {event(9)}, 1)));

    const wire::WatchRequest now{.key = "k"};
    EXPECT_TRUE(goes_on(now, reply(12)));
    EXPECT_FALSE(goes_on(now, reply(0)));
}

TEST(WatchPlace, EndsWithWhatWillNotChange) {
    for (const Code code : {Code::unavailable, Code::timeout, Code::overloaded, Code::connection})
        EXPECT_FALSE(is_final(code)) << name_of(code);
    for (const Code code : {Code::compacted, Code::future_revision, Code::invalid_argument,
                            Code::wrong_cluster, Code::closed, Code::unsupported, Code::internal})
        EXPECT_TRUE(is_final(code)) << name_of(code);
}

}  // namespace
}  // namespace kvbus::client
