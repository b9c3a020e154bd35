#include "kvctl/key_range.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using namespace std::string_literals;  // NOLINT: keys with zero bytes

KeyRange range_of(const KeyArguments& arguments) {
    const auto range = key_range(arguments);
    EXPECT_TRUE(range.ok());
    return range.ok() ? *range : KeyRange{};
}

TEST(KeyRange, OneKeyOrARange) {
    EXPECT_EQ(range_of({.key = "a"}).key, "a");
    EXPECT_EQ(range_of({.key = "a"}).range_end, "");
    EXPECT_EQ(range_of({.key = "a", .range_end = "z"}).range_end, "z");
}

TEST(KeyRange, APrefixEndsBeforeTheNextOne) {
    EXPECT_EQ(range_of({.key = "ab", .prefix = true}).key, "ab");
    EXPECT_EQ(range_of({.key = "ab", .prefix = true}).range_end, "ac");
    EXPECT_EQ(range_of({.key = "\xff", .prefix = true}).range_end, "\0"s);
}

TEST(KeyRange, FromAKeyToTheEnd) {
    EXPECT_EQ(range_of({.key = "b", .from_key = true}).key, "b");
    EXPECT_EQ(range_of({.key = "b", .from_key = true}).range_end, "\0"s);
}

TEST(KeyRange, TheEmptyPrefixIsEverything) {
    for (const KeyArguments& arguments : {KeyArguments{.prefix = true}, KeyArguments{.from_key = true}}) {
        EXPECT_EQ(range_of(arguments).key, "\0"s);
        EXPECT_EQ(range_of(arguments).range_end, "\0"s);
        EXPECT_FALSE(arguments.names_nothing());
    }
    EXPECT_TRUE(KeyArguments{}.names_nothing());
}

TEST(KeyRange, RefusesContradictions) {
    EXPECT_FALSE(key_range({.key = "a", .prefix = true, .from_key = true}).ok());
    EXPECT_FALSE(key_range({.key = "a", .range_end = "b", .prefix = true}).ok());
    EXPECT_FALSE(key_range({.key = "a", .range_end = "b", .from_key = true}).ok());
}

}  // namespace
}  // namespace kvbus::kvctl
