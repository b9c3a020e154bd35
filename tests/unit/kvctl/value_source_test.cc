#include "kvctl/value_source.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/limits.h"

namespace kvbus::kvctl {
namespace {

using testing::HasSubstr;

Result<std::string> value(const ValueSource& source, const std::string& input = {}) {
    std::istringstream in(input);
    return read_value(source, in);
}

TEST(ValueSource, IsTheArgumentOrStdin) {
    EXPECT_EQ(*value({.value = "v"}, "input"), "v");
    EXPECT_EQ(*value({.value = ""}, "input"), "");
    EXPECT_EQ(*value({}, "in\nput\n"), "in\nput\n");
    EXPECT_EQ(*value({.value = "-"}, "input"), "input");
    EXPECT_EQ(*value({.file = "-"}, "input"), "input");
    EXPECT_THAT(value({}).error().message, HasSubstr("say \"\""));
}

TEST(ValueSource, ReadsNoMoreThanIsNeededToRefuseIt) {
    const auto limit = wire::limits::value_bytes_max;
    EXPECT_EQ(value({}, std::string(limit + 100, 'v'))->size(), limit + 1);
}

TEST(ValueSource, NamesAFileThatCannotBeRead) {
    EXPECT_THAT(value({.file = "/no/such"}).error().message,
                HasSubstr("--file: /no/such cannot be read: No"));
    EXPECT_THAT(value({.file = "/"}).error().message, HasSubstr("--file: / cannot be read"));
    EXPECT_THAT(value({.value = "v", .file = "f"}).error().message, HasSubstr("choose one"));
    EXPECT_EQ(*value({.file = "/dev/null"}), "");
}

}  // namespace
}  // namespace kvbus::kvctl
