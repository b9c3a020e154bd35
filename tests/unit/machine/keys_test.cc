#include "machine/keys.h"

#include <gtest/gtest.h>

#include "unit/machine/keys_support.h"

namespace kvbus::machine {
namespace {

constexpr std::string_view all = Store::all;

// --- changes ---

TEST(Keys, ANewKeyHasVersionOneAndTheRevisionOfItsPut) {
    Store store;
    store.put("a", "x");
    EXPECT_EQ(store.everything(), Lines{"a=x 2/2/1"});
}

TEST(Keys, AnOverwriteKeepsTheCreateRevisionAndRaisesTheVersion) {
    Store store;
    store.put("a", "x");
    store.put("a", "longer");
    store.put("a", "");
    EXPECT_EQ(store.everything(), Lines{"a= 2/4/3"});
}

TEST(Keys, APutSetsTheLeaseAnewEachTime) {
    Store store;
    store.put("a", "x", 7);
    EXPECT_EQ(store.everything(), Lines{"a=x 2/2/1 @7"});
    store.put("a", "y");
    EXPECT_EQ(store.everything(), Lines{"a=y 2/3/2"});
    EXPECT_EQ(store.key_at("a", 2), Lines{"a=x 2/2/1 @7"});
}

TEST(Keys, AKeyThatWasRemovedAndPutAgainStartsAnew) {
    Store store;
    store.put("a", "x");
    store.put("a", "y");
    store.remove("a");
    store.put("a", "z");
    EXPECT_EQ(store.everything(), Lines{"a=z 5/5/1"});
    EXPECT_EQ(store.keys.count(), 1);
}

TEST(Keys, AKeyPutAgainAfterItWasForgottenStartsAnew) {
    Store store;
    store.put("a", "x");
    store.remove("a");
    store.compact_and_release(3);
    store.put("a", "z");
    EXPECT_EQ(store.everything(), Lines{"a=z 4/4/1"});
}

TEST(Keys, AValueMayBeTheOneThatItReplaces) {
    Store store;
    store.put("a", "same");
    store.put("a", store.keys.find("a")->value);
    EXPECT_EQ(store.everything(), Lines{"a=same 2/3/2"});
}

TEST(Keys, FindSeesLiveKeysOnly) {
    Store store;
    EXPECT_FALSE(store.keys.find("a"));
    store.put("a", "x", 3);
    EXPECT_EQ(line(*store.keys.find("a")), "a=x 2/2/1 @3");
    store.remove("a");
    EXPECT_FALSE(store.keys.find("a"));
}

TEST(Keys, RemovingWhatIsNotThereRemovesNothing) {
    Store store;
    EXPECT_EQ(store.remove("a"), 0);
    store.put("a", "x");
    EXPECT_EQ(store.remove("a"), 1);
    EXPECT_EQ(store.remove("a"), 0);
    EXPECT_EQ(store.remove(all, all), 0);
    EXPECT_EQ(store.events(2), (Lines{"3 put a=x 3/3/1", "4 remove a was a=x 3/3/1"}));
}

TEST(Keys, RemovingARangeTellsOfEachLiveKeyInByteOrder) {
    Store store;
    for (const char* key : {"d", "b", "c", "a", "e"})
        store.put(key, "x");
    store.remove("c");
    Lines told;
    const auto on_removed = [&](const Record& record) {
        EXPECT_TRUE(store.keys.find(record.key)) << "it goes after it is told of";
        told.push_back(line(record));
    };
    EXPECT_EQ(store.keys.remove("b", "e", Revision{8}, on_removed), 2);
    EXPECT_EQ(told, (Lines{"b=x 3/3/1", "d=x 2/2/1"}));
    EXPECT_EQ(store.keys.count(), 2);
}

TEST(Keys, RemovingOneKeyTellsOfItToo) {
    Store store;
    store.put("a", "x");
    Lines told;
    store.keys.remove("a", {}, Revision{3}, [&](const Record& record) { told.push_back(line(record)); });
    EXPECT_EQ(told, Lines{"a=x 2/2/1"});
}

TEST(Keys, EmptyAndBinaryKeysAreKeysLikeOthers) {
    Store store;
    const std::string_view zeros{"\0\0", 2};
    const std::string_view high{"\xff\xff", 2};
    store.put(high, "high");
    store.put("", "empty");
    store.put(zeros, "zeros");
    store.put("12345678", "eight");
    store.put("123456789", "nine");
    RangeQuery query;
    query.range_end = "\xff";
    EXPECT_EQ(store.range(query).count, 4);
    EXPECT_EQ(store.range(query).records[1].key, zeros);
    EXPECT_EQ(store.range(query).records[2].key, "12345678");
    EXPECT_EQ(store.range(query).records[3].key, "123456789");
    EXPECT_EQ(store.key_at("", 0), Lines{"=empty 3/3/1"});
}

// --- sums ---

TEST(Keys, CountAndBytesAreThoseOfLiveKeys) {
    Store store;
    store.put("a", "12345");
    store.put("bb", "1");
    EXPECT_EQ(store.keys.count(), 2);
    EXPECT_EQ(store.keys.bytes(), 9);
    store.put("a", "1");
    EXPECT_EQ(store.keys.bytes(), 5);
    store.remove("bb");
    EXPECT_EQ(store.keys.count(), 1);
    EXPECT_EQ(store.keys.bytes(), 2);
    store.put("bb", "22");
    EXPECT_EQ(store.keys.bytes(), 6);
    store.compact_and_release(6);
    EXPECT_EQ(store.keys.count(), 2);
    EXPECT_EQ(store.keys.bytes(), 6);
}

TEST(Keys, TheContentHashDependsOnTheLiveRecordsNotOnTheWayThere) {
    Store one;
    one.keys.put("a", "x", {}, Revision{2});
    one.keys.put("b", "y", {}, Revision{3});
    Store other;
    other.keys.put("c", "z", {}, Revision{1});
    other.keys.put("a", "x", {}, Revision{2});
    other.keys.put("b", "y", {}, Revision{3});
    EXPECT_NE(one.keys.content_hash(), other.keys.content_hash());
    other.keys.remove("c", {}, Revision{4});
    EXPECT_EQ(one.keys.content_hash(), other.keys.content_hash());
    other.compact_and_release(4);
    EXPECT_EQ(one.keys.content_hash(), other.keys.content_hash());
}

TEST(Keys, TheContentHashDependsOnEveryPartOfARecord) {
    const auto hash = [](std::string_view key, std::string_view value, std::uint64_t lease,
                         std::uint64_t first, std::uint64_t second) {
        Keys keys;
        keys.put(key, "", LeaseId{}, Revision{first});
        if (second > first) keys.put(key, value, LeaseId{lease}, Revision{second});
        return keys.content_hash();
    };
    const auto usual = hash("a", "x", 1, 2, 3);
    EXPECT_EQ(hash("a", "x", 1, 2, 3), usual);
    EXPECT_NE(hash("b", "x", 1, 2, 3), usual) << "key";
    EXPECT_NE(hash("a", "y", 1, 2, 3), usual) << "value";
    EXPECT_NE(hash("a", "x", 2, 2, 3), usual) << "lease";
    EXPECT_NE(hash("a", "x", 1, 1, 3), usual) << "create revision";
    EXPECT_NE(hash("a", "x", 1, 2, 4), usual) << "mod revision";
}

// --- ranges ---

class Ranges : public testing::Test {
  protected:
    // d, b, a, c at 2 to 5; then b again at 6.
    void SetUp() override {
        store.put("d", "1");
        store.put("b", "3");
        store.put("a", "2");
        store.put("c", "3");
        store.put("b", "0");
    }
    static std::string keys_of(const RangeResult& result) {
        std::string keys;
        for (const Record& record : result.records)
            keys += record.key;
        return keys;
    }
    [[nodiscard]] std::string keys() const { return keys_of(store.range(query)); }
    [[nodiscard]] std::uint64_t count() const { return store.range(query).count; }
    [[nodiscard]] bool more() const { return store.range(query).more; }

    Store store;
    RangeQuery query{.key = all, .range_end = all};
};

TEST_F(Ranges, GiveKeysInByteOrderTheEndExcluded) {
    EXPECT_EQ(keys(), "abcd");
    query = {.key = "b", .range_end = "d"};
    EXPECT_EQ(keys(), "bc");
    query = {.key = "bb", .range_end = all};
    EXPECT_EQ(keys(), "cd");
    query = {.key = "c", .range_end = "c"};
    EXPECT_EQ(keys(), "");
    query = {.key = "d", .range_end = "a"};
    EXPECT_EQ(keys(), "");
    EXPECT_EQ(count(), 0);
    query = {.key = "c"};
    EXPECT_EQ(keys(), "c");
    query = {.key = "x"};
    EXPECT_EQ(keys(), "");
}

TEST_F(Ranges, StopAtTheLimitAndCountTheRest) {
    query.limit = 3;
    EXPECT_EQ(keys(), "abc");
    EXPECT_EQ(count(), 4);
    EXPECT_TRUE(more());
}

TEST_F(Ranges, HaveNoMoreWhenTheLimitIsJustEnough) {
    query.limit = 4;
    EXPECT_EQ(keys(), "abcd");
    EXPECT_FALSE(more());
    query.limit = ~std::uint64_t{0};
    EXPECT_EQ(keys(), "abcd");
    EXPECT_FALSE(more());
}

TEST_F(Ranges, SkipRemovedKeys) {
    store.remove("a");
    store.remove("c");
    query.limit = 1;
    EXPECT_EQ(keys(), "b");
    EXPECT_EQ(count(), 2);
    query.limit = 2;
    EXPECT_EQ(keys(), "bd");
    EXPECT_FALSE(more());
}

TEST_F(Ranges, CountOnlyGivesNoRecordsAndNoMore) {
    query.count_only = true;
    query.limit = 1;
    EXPECT_EQ(keys(), "");
    EXPECT_EQ(count(), 4);
    EXPECT_FALSE(more());
    query.revision = Revision{3};
    EXPECT_EQ(count(), 2);
    EXPECT_EQ(keys(), "");
    query = {.key = "a", .count_only = true};
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(keys(), "");
}

TEST_F(Ranges, KeysOnlyLeavesValuesEmptyAndAllElseAsItIs) {
    query = {.key = "b", .keys_only = true};
    EXPECT_EQ(store.lines(query), Lines{"b= 3/6/2"});
}

TEST_F(Ranges, KeysOnlyIsSortedByValueNonetheless) {
    query.keys_only = true;
    query.sort_target = SortTarget::value;
    EXPECT_EQ(keys(), "bdac");
}

TEST_F(Ranges, SortUpwardsByEachTarget) {
    query.sort_order = SortOrder::ascend;
    query.sort_target = SortTarget::key;
    EXPECT_EQ(keys(), "abcd");
    query.sort_target = SortTarget::version;
    EXPECT_EQ(keys(), "acdb");
    query.sort_target = SortTarget::create;
    EXPECT_EQ(keys(), "dbac");
    query.sort_target = SortTarget::mod;
    EXPECT_EQ(keys(), "dacb");
    query.sort_target = SortTarget::value;
    EXPECT_EQ(keys(), "bdac");
}

TEST_F(Ranges, SortDownwardsByEachTarget) {
    query.sort_order = SortOrder::descend;
    query.sort_target = SortTarget::key;
    EXPECT_EQ(keys(), "dcba");
    query.sort_target = SortTarget::version;
    EXPECT_EQ(keys(), "bacd") << "equals stay in byte order";
    query.sort_target = SortTarget::create;
    EXPECT_EQ(keys(), "cabd");
    query.sort_target = SortTarget::mod;
    EXPECT_EQ(keys(), "bcad");
    query.sort_target = SortTarget::value;
    EXPECT_EQ(keys(), "cadb");
}

TEST_F(Ranges, SortValuesAsUnsignedBytes) {
    store.put("a", "\x80");
    store.put("b", "\x7f");
    query.range_end = "c";
    query.sort_target = SortTarget::value;
    EXPECT_EQ(keys(), "ba");
}

TEST_F(Ranges, WithAnOrderAreCutAfterSorting) {
    query.sort_order = SortOrder::descend;
    query.limit = 2;
    EXPECT_EQ(keys(), "dc");
    EXPECT_TRUE(more());
    EXPECT_EQ(count(), 4);
}

TEST_F(Ranges, WithATargetButNoOrderSortWhatTheLimitFetched) {
    query.sort_target = SortTarget::create;
    query.limit = 2;
    EXPECT_EQ(keys(), "ba") << "of a, b, c; not d, which is the oldest";
    EXPECT_TRUE(more());
}

TEST_F(Ranges, FiltersAreInclusiveAndLeaveTheCountAlone) {
    query.mod_revision_min = Revision{4};
    EXPECT_EQ(keys(), "abc");
    EXPECT_EQ(count(), 4);
    query.mod_revision_max = Revision{5};
    EXPECT_EQ(keys(), "ac");
    query = {.key = all, .range_end = all};
    query.create_revision_max = Revision{3};
    EXPECT_EQ(keys(), "bd");
    query.create_revision_min = Revision{3};
    EXPECT_EQ(keys(), "b");
    EXPECT_EQ(count(), 4);
}

TEST_F(Ranges, WithFiltersAreCutAfterFiltering) {
    query.create_revision_min = Revision{3};
    query.limit = 2;
    EXPECT_EQ(keys(), "ab");
    EXPECT_TRUE(more());
    query.create_revision_min = Revision{4};
    EXPECT_EQ(keys(), "ac");
    EXPECT_FALSE(more()) << "only what passed the filter counts";
}

TEST_F(Ranges, FilterASingleKeyToo) {
    query = {.key = "b", .mod_revision_max = Revision{5}};
    EXPECT_EQ(keys(), "");
    EXPECT_EQ(count(), 1);
}

// --- ranges of the past ---

TEST_F(Ranges, AtARevisionShowWhatWasLiveThen) {
    store.remove("a");
    store.put("a", "9");
    EXPECT_EQ(store.all_at(1), Lines{});
    EXPECT_EQ(store.all_at(3), (Lines{"b=3 3/3/1", "d=1 2/2/1"}));
    EXPECT_EQ(store.all_at(6), (Lines{"a=2 4/4/1", "b=0 3/6/2", "c=3 5/5/1", "d=1 2/2/1"}));
    EXPECT_EQ(store.all_at(7), (Lines{"b=0 3/6/2", "c=3 5/5/1", "d=1 2/2/1"}));
    EXPECT_EQ(store.all_at(8), store.everything());
    EXPECT_EQ(store.key_at("a", 6), Lines{"a=2 4/4/1"});
    EXPECT_EQ(store.key_at("a", 7), Lines{});
    EXPECT_EQ(store.key_at("a", 8), Lines{"a=9 8/8/1"});
}

TEST_F(Ranges, AtARevisionAreLimitedSortedAndFilteredAsThoseOfNow) {
    query.revision = Revision{5};
    query.limit = 2;
    EXPECT_EQ(keys(), "ab");
    EXPECT_EQ(count(), 4);
    EXPECT_TRUE(more());
    query.sort_order = SortOrder::descend;
    query.sort_target = SortTarget::mod;
    EXPECT_EQ(keys(), "ca");
    query.mod_revision_max = Revision{3};
    EXPECT_EQ(keys(), "bd") << "b as it was at 5";
    EXPECT_FALSE(more());
}

TEST_F(Ranges, OfTheFutureAreRefused) {
    query.revision = Revision{7};
    EXPECT_EQ(store.range(query).code, Code::future_revision);
    query.revision = Revision{6};
    EXPECT_EQ(store.range(query).code, Code::ok);
    query = {.key = "a", .revision = Revision{7}};
    EXPECT_EQ(store.range(query).code, Code::future_revision);
    EXPECT_EQ(store.range(query).count, 0);
}

TEST_F(Ranges, BelowTheCompactedRevisionAreRefused) {
    store.compact(4);
    query.revision = Revision{3};
    EXPECT_EQ(store.range(query).code, Code::compacted);
    query.count_only = true;
    EXPECT_EQ(store.range(query).code, Code::compacted);
    query = {.key = "a", .revision = Revision{3}};
    EXPECT_EQ(store.range(query).code, Code::compacted);
}

TEST_F(Ranges, AtTheCompactedRevisionAndAboveStillWork) {
    store.remove("d");
    const Lines at_five = store.all_at(5);
    const Lines at_six = store.all_at(6);
    store.compact(5);
    EXPECT_EQ(store.all_at(5), at_five) << "before the memory is given back";
    store.release_all();
    EXPECT_EQ(store.all_at(5), at_five);
    EXPECT_EQ(store.all_at(6), at_six);
    EXPECT_EQ(store.key_at("b", 5), Lines{"b=3 3/3/1"});
    EXPECT_EQ(store.key_at("d", 6), Lines{"d=1 2/2/1"});
    EXPECT_EQ(store.key_at("d", 7), Lines{});
}

TEST_F(Ranges, AtARevisionBetweenChangesOfOneRevisionDoNotExist) {
    store.put("a", "first");
    store.put_too("a", "second");
    store.put_too("b", "x");
    store.remove_too("c");
    EXPECT_EQ(store.all_at(6), (Lines{"a=2 4/4/1", "b=0 3/6/2", "c=3 5/5/1", "d=1 2/2/1"}));
    EXPECT_EQ(store.all_at(7), (Lines{"a=second 4/7/3", "b=x 3/7/3", "d=1 2/2/1"}));
    EXPECT_EQ(store.all_at(7), store.everything());
}

TEST_F(Ranges, WithoutARevisionSeeTheChangesOfATransactionUnderWay) {
    store.keys.put("a", "new", {}, Revision{7});
    EXPECT_EQ(store.key_at("a", 0), Lines{"a=new 4/7/2"});
    EXPECT_EQ(store.key_at("a", 6), Lines{"a=2 4/4/1"}) << "the machine's own revision is still 6";
    EXPECT_EQ(store.all_at(6).front(), "a=2 4/4/1");
}

}  // namespace
}  // namespace kvbus::machine
