#include "machine/key_span.h"

#include <gtest/gtest.h>

namespace kvbus::machine {
namespace {

using namespace std::string_view_literals;

TEST(KeySpan, KnowsARangeThatIsAPrefix) {
    for (const auto& [key, range_end] : {std::pair{"a"sv, "b"sv},
                                         {"a/"sv, "a0"sv},
                                         {"a\xff"sv, "b"sv},
                                         {"a\x7f"sv, "a\x80"sv},
                                         {"a\xfe\xff\xff"sv, "a\xff"sv},
                                         {"\0"sv, "\1"sv}})
        EXPECT_TRUE((KeySpan{key, range_end}.is_prefix())) << key;
    for (const auto& [key, range_end] : {std::pair{"a"sv, ""sv},
                                         {"a"sv, "c"sv},
                                         {"aa"sv, "b"sv},
                                         {"a"sv, "ab"sv},
                                         {"a"sv, "\0"sv},
                                         {"\xff"sv, "\0"sv},
                                         {"b"sv, "a"sv},
                                         {"ab"sv, "bb"sv}})
        EXPECT_FALSE((KeySpan{key, range_end}.is_prefix())) << key;
}

}  // namespace
}  // namespace kvbus::machine
