#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/ids.h"

namespace kvbus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Log, WritesLinesOfItsLevelAndAbove) {
    testing::internal::CaptureStderr();
    log_debug("quiet");
    log_info("the port is open");
    log_warn("the disk is slow");
    log_error("the disk is gone");
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, Not(HasSubstr("quiet")));
    EXPECT_THAT(text, HasSubstr("info: the port is open\n"));
    EXPECT_THAT(text, HasSubstr("warning: the disk is slow\n"));
    EXPECT_THAT(text, HasSubstr("error: the disk is gone\n"));
}

TEST(Log, LevelsHaveNames) {
    EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
    EXPECT_EQ(parse_log_level("error"), LogLevel::error);
    EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

TEST(LogGate, LetsOneLineThroughPerIntervalAndCountsTheRest) {
    const Instant start{};
    LogGate gate(std::chrono::seconds{10});
    EXPECT_EQ(gate.pass(start), 0U);
    EXPECT_EQ(gate.pass(start + std::chrono::seconds{1}), std::nullopt);
    EXPECT_EQ(gate.pass(start + std::chrono::seconds{9}), std::nullopt);
    EXPECT_EQ(gate.pass(start + std::chrono::seconds{10}), 2U);
    EXPECT_EQ(gate.pass(start + std::chrono::seconds{11}), std::nullopt);
    EXPECT_EQ(gate.pass(start + std::chrono::seconds{30}), 1U);
}

TEST(Clock, RunsForward) {
    const Instant before = monotonic_now();
    EXPECT_GE(monotonic_now(), before);
    EXPECT_GT(process_cpu_time(), Duration::zero());
    EXPECT_GT(never, before + std::chrono::hours{24 * 365 * 100});
}

TEST(Ids, CountAndCompare) {
    EXPECT_EQ(Index{5} + 2, Index{7});
    EXPECT_EQ(Index{5} - 2, Index{3});
    EXPECT_EQ(Index{7} - Index{5}, 2U);
    EXPECT_LT(Term{1}, Term{2});
    EXPECT_FALSE(NodeId{});
    EXPECT_TRUE(NodeId{1});
}

}  // namespace
}  // namespace kvbus
