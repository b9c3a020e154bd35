#include "kvctl/go_duration.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test

TEST(GoDuration, ReadsWhatGoReads) {
    EXPECT_EQ(parse_duration("5s"), 5s);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("1m30s"), 90s);
    EXPECT_EQ(parse_duration("1.5h"), 90min);
    EXPECT_EQ(parse_duration("10us"), 10us);
    EXPECT_EQ(parse_duration("10\u00b5s"), 10us);
    EXPECT_EQ(parse_duration("7ns"), 7ns);
    EXPECT_EQ(parse_duration("0"), 0s);
    EXPECT_EQ(parse_duration(".5s"), 500ms);
}

TEST(GoDuration, RefusesTheRest) {
    for (const char* text : {"", "5", "s", "5x", "-5s", "5s ", " 5s", "5 s", "1e3s", "1..5s",
                             "99999999999999h", "5sec", "nan"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(GoDuration, WritesAsGoDoes) {
    EXPECT_EQ(format_duration(0ns), "0s");
    EXPECT_EQ(format_duration(999ns), "999ns");
    EXPECT_EQ(format_duration(1'500ns), "1.5\u00b5s");
    EXPECT_EQ(format_duration(1'398'461ns), "1.398461ms");
    EXPECT_EQ(format_duration(300ms), "300ms");
    EXPECT_EQ(format_duration(1'000'000'001ns), "1.000000001s");
    EXPECT_EQ(format_duration(60s), "1m0s");
    EXPECT_EQ(format_duration(3'661s), "1h1m1s");
}

}  // namespace
}  // namespace kvbus::kvctl
