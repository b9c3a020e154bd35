#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <kvbus/error.h>

#include "base/check.h"

namespace kvbus {
namespace {

// The numbers go over the wire and into scripts.
TEST(Code, NumbersAndNamesAreFixed) {
    EXPECT_EQ(static_cast<int>(Code::ok), 0);
    EXPECT_EQ(static_cast<int>(Code::unavailable), 6);
    EXPECT_EQ(static_cast<int>(Code::outcome_unknown), 8);
    EXPECT_EQ(static_cast<int>(Code::stale_request), 10);
    EXPECT_EQ(static_cast<int>(Code::internal), 17);
    EXPECT_EQ(static_cast<int>(Code::compacted), 18);
    EXPECT_EQ(static_cast<int>(Code::duplicate_key), 25);
    EXPECT_EQ(static_cast<int>(Code::compare_failed), 28);
    EXPECT_EQ(name_of(Code::outcome_unknown), "outcome_unknown");
    EXPECT_EQ(name_of(static_cast<Code>(200)), "unknown");

    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Code::compare_failed); ++code)
        names.insert(name_of(static_cast<Code>(code)));
    EXPECT_EQ(names.size(), 29U);
    EXPECT_FALSE(names.contains("unknown"));
}

// Every code has a category that says what can be done about it.
TEST(Category, OfEveryCode) {
    using enum Code;
    const std::vector<std::pair<Category, std::vector<Code>>> table = {
        {Category::none, {ok}},
        {Category::not_found, {key_not_found, lease_not_found, compacted, future_revision}},
        {Category::condition_failed, {compare_failed, lease_exists, not_first, place_lost}},
        {Category::invalid,
         {malformed, unsupported, invalid_argument, too_large, wrong_type, overflow, duplicate_key}},
        {Category::overloaded, {overloaded, no_space}},
        {Category::unavailable, {unavailable, timeout, connection}},
        {Category::outcome_unknown, {outcome_unknown, stale_request, closed}},
        {Category::fault, {wrong_cluster, io, in_use, damaged, internal}},
    };
    std::set<Code> seen;
    std::set<std::string_view> names;
    for (const auto& [category, codes] : table) {
        names.insert(name_of(category));
        for (const Code code : codes) {
            EXPECT_EQ(category_of(code), category) << name_of(code);
            EXPECT_TRUE(seen.insert(code).second) << name_of(code);
        }
    }
    EXPECT_EQ(seen.size(), 29U);
    EXPECT_EQ(names.size(), table.size());
    EXPECT_EQ(category_of(static_cast<Code>(200)), Category::fault);
}

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> value = 7;
    EXPECT_TRUE(value.ok());
    EXPECT_EQ(*value, 7);

    const Result<int> error = Error{Code::io, "disk on fire"};
    EXPECT_FALSE(error.ok());
    EXPECT_EQ(error.error().code, Code::io);
    EXPECT_EQ(error.error().message, "disk on fire");

    EXPECT_TRUE(Result<void>{}.ok());
    EXPECT_FALSE(Result<void>(Error{Code::io, ""}).ok());
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = std::move(*result);
    EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ReadingTheAbsentSideAborts) {
    EXPECT_DEATH((void)Result<int>(Error{}).value(), "");
    EXPECT_DEATH((void)Result<int>(7).error(), "");
    EXPECT_DEATH((void)Result<void>{}.error(), "");
}

TEST(CheckDeathTest, NamesThePlaceTheConditionAndTheReason) {
    const int one = 1;
    KV_CHECK(one == 1, "nothing happens");
    EXPECT_DEATH(KV_CHECK(one == 2, "adding up"), "error_test.cc:.*one == 2 does not hold: adding up");
}

}  // namespace
}  // namespace kvbus
