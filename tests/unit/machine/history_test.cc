#include "machine/history.h"

#include <gtest/gtest.h>

#include "unit/machine/keys_support.h"

namespace kvbus::machine {
namespace {

TEST(History, ShowsEveryChangeInTheOrderInWhichItWasMade) {
    Store store;
    store.put("b", "1", 9);
    store.put("a", "2");
    store.put("b", "3");
    store.remove("b");
    store.put("b", "4");
    EXPECT_EQ(store.events(1),
              (Lines{"2 put b=1 2/2/1 @9", "3 put a=2 3/3/1", "4 put b=3 2/4/2 was b=1 2/2/1 @9",
                     "5 remove b was b=3 2/4/2", "6 put b=4 6/6/1"}));
}

TEST(History, IsShownFromTheRevisionThatIsAskedFor) {
    Store store;
    store.put("a", "1");
    store.put("a", "2");
    EXPECT_EQ(store.events(3), Lines{"3 put a=2 2/3/2 was a=1 2/2/1"});
    EXPECT_EQ(store.events(4), Lines{});
    EXPECT_EQ(store.events(100), Lines{});
}

TEST(History, IsShownUntilTheVisitorHasEnough) {
    Store store;
    for (int i = 0; i < 5; ++i)
        store.put("a", "x");
    int visited = 0;
    store.keys.visit_events(Revision{1}, [&](const Event&) { return ++visited < 3; });
    EXPECT_EQ(visited, 3);
}

TEST(History, IsShownWithoutTheFirstChangesOfARevision) {
    Store store;
    for (const std::uint64_t revision : {2, 3, 3, 3, 4})
        store.keys.put("a", "x", {}, Revision{revision});
    const auto shown = [&](std::uint64_t first, std::uint64_t skipped) {
        std::string revisions;
        const auto visit = [&](const Event& event) {
            revisions += std::to_string(event.record.mod_revision.value);
            return true;
        };
        store.keys.visit_events(Revision{first}, visit, skipped);
        return revisions;
    };
    EXPECT_EQ(shown(3, 0), "3334");
    EXPECT_EQ(shown(3, 1), "334");
    EXPECT_EQ(shown(3, 3), "4");
    EXPECT_EQ(shown(3, 99), "4") << "of that revision only";
    EXPECT_EQ(shown(1, 5), "23334") << "which may have none";
    EXPECT_EQ(shown(5, 5), "");
}

TEST(History, ARemovalShowsNothingButItsKeyAndRevision) {
    Store store;
    store.put("a", "1", 9);
    store.remove("a");
    store.keys.visit_events(Revision{3}, [](const Event& event) {
        EXPECT_FALSE(event.is_put);
        EXPECT_EQ(line(event.record), "a= 0/3/0");
        return true;
    });
}

TEST(History, TheChangesOfOneRevisionFollowEachOther) {
    Store store;
    store.put("b", "1");
    store.put("a", "2");
    store.remove_too("b");
    store.put_too("c", "3");
    store.put_too("a", "4");
    EXPECT_EQ(store.events(3), (Lines{"3 put a=2 3/3/1", "3 remove b was b=1 2/2/1", "3 put c=3 3/3/1",
                                      "3 put a=4 3/3/2 was a=2 3/3/1"}));
}

TEST(History, AKeyRemovedAndPutAgainInOneRevisionStartsAnew) {
    Store store;
    store.put("a", "1");
    store.remove("a");
    store.put_too("a", "2");
    EXPECT_EQ(store.everything(), Lines{"a=2 3/3/1"});
    EXPECT_EQ(store.events(3), (Lines{"3 remove a was a=1 2/2/1", "3 put a=2 3/3/1"}));
    store.compact_and_release(3);
    EXPECT_EQ(store.everything(), Lines{"a=2 3/3/1"});
    EXPECT_EQ(store.keys.history_bytes(), 0);
}

TEST(History, AKeyPutAndRemovedInOneRevisionWasNeverThere) {
    Store store;
    store.put("a", "1");
    store.remove_too("a");
    EXPECT_EQ(store.all_at(2), Lines{});
    EXPECT_EQ(store.all_at(1), Lines{});
    store.compact_and_release(2);
    EXPECT_EQ(store.keys.history_bytes(), 0);
}

TEST(History, CompactedChangesAreNotShown) {
    Store store;
    store.put("a", "1");
    store.put("a", "2");
    store.put("b", "3");
    store.compact(3);
    EXPECT_EQ(store.events(4), Lines{"4 put b=3 4/4/1"});
    EXPECT_DEATH(store.events(3), "compacted");
    store.release_all();
    EXPECT_EQ(store.events(4), Lines{"4 put b=3 4/4/1"});
    EXPECT_DEATH(store.events(3), "compacted");
}

TEST(History, WhatAChangeReplacedIsShownEvenIfItWasWrittenBeforeTheCompactedRevision) {
    Store store;
    store.put("a", "1");
    store.put("b", "1");
    store.put("a", "2");
    store.compact_and_release(3);
    EXPECT_EQ(store.events(4), Lines{"4 put a=2 2/4/2 was a=1 2/2/1"});
    store.compact_and_release(4);
    EXPECT_EQ(store.events(5), Lines{});
    EXPECT_EQ(store.everything(), (Lines{"a=2 2/4/2", "b=1 3/3/1"}));
}

TEST(History, CompactionNeverMovesBack) {
    Store store;
    store.put("a", "1");
    store.put("a", "2");
    store.compact(3);
    store.compact(2);
    EXPECT_EQ(store.keys.compacted(), Revision{3});
}

TEST(History, TheOldestEventIsTheFirstThatIsNotCompacted) {
    Store store;
    EXPECT_EQ(store.keys.oldest_event(), std::nullopt);
    store.put("a", "1");
    store.remove("x");  // a revision without a change
    store.put("a", "2");
    EXPECT_EQ(store.keys.oldest_event(), Revision{2});
    store.compact(2);
    EXPECT_EQ(store.keys.oldest_event(), Revision{4}) << "whether or not the memory is given back";
    store.release_all();
    EXPECT_EQ(store.keys.oldest_event(), Revision{4});
    store.compact(4);
    EXPECT_EQ(store.keys.oldest_event(), std::nullopt);
}

TEST(History, MemoryIsGivenBackInStepsAndReadersDoNotNotice) {
    Store store;
    for (int i = 0; i < 10; ++i) {
        store.put("a", "x");
        store.put("gone", "x");
        store.remove("gone");
    }
    store.compact(30);
    const auto everything = store.everything();
    const auto at_thirty = store.all_at(30);
    const auto events = store.events(31);
    auto bytes = store.keys.history_bytes();
    for (int step = 0; step < 14; ++step) {
        store.keys.release_some(2);
        EXPECT_LT(store.keys.history_bytes(), bytes) << step;
        bytes = store.keys.history_bytes();
        EXPECT_EQ(store.everything(), everything);
        EXPECT_EQ(store.all_at(30), at_thirty);
        EXPECT_EQ(store.events(31), events);
    }
    store.release_all();
    EXPECT_EQ(store.events(31), events);
}

TEST(History, ReleasingGivesBackNothingThatIsNotCompacted) {
    Store store;
    store.put("a", "1");
    store.put("a", "2");
    const auto bytes = store.keys.history_bytes();
    store.release_all();
    EXPECT_EQ(store.keys.history_bytes(), bytes);
    EXPECT_EQ(store.key_at("a", 2), Lines{"a=1 2/2/1"});
}

TEST(History, BytesAreThoseOfWhatTheLiveKeysDoNotNeed) {
    Store store;
    constexpr std::uint64_t event = 3 * sizeof(void*);
    constexpr std::uint64_t dead_key = sizeof(Key) + 3 + 32;
    store.put("key", "12345");
    EXPECT_EQ(store.keys.history_bytes(), event);
    store.put("key", "1");
    EXPECT_EQ(store.keys.history_bytes(), 2 * event + sizeof(Value) + 5);
    store.remove("key");
    EXPECT_EQ(store.keys.history_bytes(), 3 * event + 3 * sizeof(Value) + 6 + dead_key);
    store.put("key", "22");
    EXPECT_EQ(store.keys.history_bytes(), 4 * event + 3 * sizeof(Value) + 6) << "the key is needed again";
    store.compact_and_release(3);
    EXPECT_EQ(store.keys.history_bytes(), 2 * event + 2 * sizeof(Value) + 1);
    store.compact_and_release(4);
    EXPECT_EQ(store.keys.history_bytes(), event + sizeof(Value)) << "the tombstone, until what follows goes";
    store.compact_and_release(5);
    EXPECT_EQ(store.keys.history_bytes(), 0);
}

TEST(History, ARemovedKeyIsForgottenWhenItsRemovalIsCompacted) {
    Store store;
    store.put("a", "1");
    store.put("b", "1");
    store.remove("a");
    store.compact_and_release(3);
    EXPECT_EQ(store.key_at("a", 3), Lines{"a=1 2/2/1"});
    store.compact_and_release(4);
    EXPECT_EQ(store.keys.history_bytes(), 0);
    EXPECT_EQ(store.everything(), Lines{"b=1 3/3/1"});
}

TEST(History, AChangeAtOrBelowTheCompactedRevisionIsABug) {
    Store store;
    store.put("a", "1");
    store.compact(2);
    EXPECT_DEATH(store.keys.put("a", "2", {}, Revision{2}), "out of order");
}

}  // namespace
}  // namespace kvbus::machine
