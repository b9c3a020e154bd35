#include "machine/arrange.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace kvbus::machine {
namespace {

// Records in the order of their keys, with few different values of everything else.
struct Range {
    explicit Range(std::size_t count) {
        Random random{7};
        for (std::size_t i = 0; i < count; ++i) {
            const auto digits = std::to_string(i);
            names.push_back(std::string(6 - digits.size(), '0') + digits);
            values.push_back(std::to_string(random.below(20)));
        }
        for (std::size_t i = 0; i < count; ++i) {
            records.push_back({.key = names[i],
                               .value = values[i],
                               .create_revision = Revision{1 + random.below(30)},
                               .mod_revision = Revision{1 + random.below(30)},
                               .version = 1 + random.below(5)});
        }
    }
    std::vector<std::string> names;
    std::vector<std::string> values;
    std::vector<Record> records;
};

RangeResult arranged(const Range& range, const RangeQuery& query, const AnswerBounds& bounds = {}) {
    RangeResult result;
    Arrangement arrangement(query, bounds);
    for (const Record& record : range.records)
        if (!arrangement.add(record)) break;
    arrangement.finish(result);
    return result;
}

// All of it at once, the obvious way.
std::vector<std::string> expected_keys(const Range& range, const RangeQuery& query) {
    std::vector<Record> records;
    for (const Record& record : range.records) {
        if (record.mod_revision >= query.mod_revision_min) records.push_back(record);
    }
    const auto member_less = [&](const Record& a, const Record& b) {
        switch (query.sort_target) {
            case SortTarget::key:
                return a.key < b.key;
            case SortTarget::version:
                return a.version < b.version;
            case SortTarget::create:
                return a.create_revision < b.create_revision;
            case SortTarget::mod:
                return a.mod_revision < b.mod_revision;
            case SortTarget::value:
                return a.value < b.value;
        }
        return false;
    };
    const bool descend = query.sort_order == SortOrder::descend;
    std::ranges::stable_sort(records, [&](const Record& a, const Record& b) {
        return descend ? member_less(b, a) : member_less(a, b);
    });
    std::vector<std::string> keys;
    for (const Record& record : records) {
        if (query.limit > 0 && keys.size() == query.limit) break;
        keys.emplace_back(record.key);
    }
    return keys;
}

TEST(Arrangement, KeepsTheBestOfALargeRange) {
    const Range range(2000);
    for (const auto target :
         {SortTarget::key, SortTarget::version, SortTarget::create, SortTarget::mod, SortTarget::value}) {
        for (const auto order : {SortOrder::ascend, SortOrder::descend}) {
            for (const std::uint64_t limit : {0, 1, 5, 100, 1999, 2000, 5000}) {
                for (const std::uint64_t mod_min : {0, 10, 31}) {
                    const RangeQuery query{.key = "0",
                                           .limit = limit,
                                           .sort_order = order,
                                           .sort_target = target,
                                           .mod_revision_min = Revision{mod_min}};
                    const RangeResult result = arranged(range, query);
                    std::vector<std::string> keys;
                    for (const Record& record : result.records)
                        keys.emplace_back(record.key);
                    ASSERT_EQ(keys, expected_keys(range, query))
                        << "target " << static_cast<int>(target) << " order " << static_cast<int>(order)
                        << " limit " << limit << " from " << mod_min;
                    RangeQuery all = query;
                    all.limit = 0;
                    ASSERT_EQ(result.more, limit > 0 && expected_keys(range, all).size() > limit);
                }
            }
        }
    }
}

TEST(Arrangement, StopsAsSoonAsTheAnswerIsKnown) {
    const Range range(100);
    const auto taken = [&](const RangeQuery& query, const AnswerBounds& bounds = {}) {
        Arrangement arrangement(query, bounds);
        std::size_t count = 0;
        while (count < range.records.size() && arrangement.add(range.records[count]))
            ++count;
        return count;
    };
    EXPECT_EQ(taken({.key = "0"}), 100U);
    EXPECT_EQ(taken({.key = "0", .limit = 3}), 3U) << "and the fourth says that there are more";
    EXPECT_EQ(taken({.key = "0", .count_only = true}), 0U);
    EXPECT_EQ(taken({.key = "0", .limit = 3, .sort_order = SortOrder::descend}), 100U);
    EXPECT_EQ(taken({.key = "0"}, {.bytes_max = 560, .record_overhead = 50}), 9U) << "ten take too much";
    const RangeQuery sorted{.key = "0", .sort_order = SortOrder::descend, .sort_target = SortTarget::mod};
    EXPECT_EQ(taken(sorted, {.bytes_max = 560, .record_overhead = 50}), 9U);
    RangeQuery limited = sorted;
    limited.limit = 20;
    EXPECT_EQ(taken(limited, {.bytes_max = 560, .record_overhead = 50}), 11U) << "by the overhead alone";
    limited.limit = 9;
    EXPECT_EQ(taken(limited, {.bytes_max = 560, .record_overhead = 50}), 100U);
}

TEST(Arrangement, RefusesAnswersBeyondTheirBounds) {
    const Range range(100);
    const AnswerBounds bounds{.bytes_max = 100 * 60, .record_overhead = 50};
    EXPECT_EQ(arranged(range, {.key = "0", .keys_only = true}, bounds).code, Code::ok);
    EXPECT_EQ(arranged(range, {.key = "0"}, bounds).code, Code::ok) << "values of one or two bytes";
    EXPECT_EQ(arranged(range, {.key = "0"}, {.bytes_max = 100 * 57, .record_overhead = 50}).code,
              Code::too_large);
    EXPECT_EQ(
        arranged(range, {.key = "0", .keys_only = true}, {.bytes_max = 100 * 56, .record_overhead = 50}).code,
        Code::ok);
    EXPECT_EQ(arranged(range, {.key = "0", .limit = 50, .sort_order = SortOrder::descend},
                       {.bytes_max = 50 * 56, .record_overhead = 50})
                  .code,
              Code::too_large)
        << "known only in the end";
    EXPECT_TRUE(arranged(range, {.key = "0"}, {.bytes_max = 10, .record_overhead = 50}).records.empty());
}

}  // namespace
}  // namespace kvbus::machine
