// When a lease is kept alive, and when it counts as lost.
#include "client/lease_keeper.h"

#include <gtest/gtest.h>

namespace kvbus::client {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{} + 24h;

TEST(LeaseKeeper, AsksAgainAfterAThirdOfTheTtl) {
    LeaseKeeper keeper(start, 9s);
    EXPECT_EQ(keeper.send(start), 3s);
    EXPECT_EQ(keeper.confirmed(start + 1s, 9s), start + 3s);
    EXPECT_EQ(keeper.expires(), start + 9s) << "counted from when it was sent";
    EXPECT_EQ(keeper.send(start + 3s), 3s);
    EXPECT_EQ(keeper.confirmed(start + 4s, 9s), start + 6s);
    EXPECT_EQ(keeper.expires(), start + 12s);
}

TEST(LeaseKeeper, GoesByTheTtlThatTheClusterNames) {
    LeaseKeeper keeper(start, 3s);
    EXPECT_TRUE(keeper.send(start));
    EXPECT_EQ(keeper.confirmed(start, 30s), start + 10s);
    EXPECT_EQ(keeper.expires(), start + 30s);
}

TEST(LeaseKeeper, AsksAboutALongLeaseEveryMinute) {
    LeaseKeeper keeper(start, 24h);
    EXPECT_EQ(keeper.send(start), 1min);
    EXPECT_EQ(keeper.confirmed(start, 24h), start + 1min);
}

TEST(LeaseKeeper, TriesAgainUntilTheTtlHasPassed) {
    LeaseKeeper keeper(start, 12s);
    EXPECT_TRUE(keeper.send(start));
    EXPECT_TRUE(keeper.confirmed(start, 12s));
    EXPECT_EQ(keeper.send(start + 4s), 4s);
    EXPECT_EQ(keeper.failed(start + 8s, Code::outcome_unknown), start + 9s);
    EXPECT_EQ(keeper.send(start + 9s), 3s) << "no longer than the lease lasts";
    EXPECT_EQ(keeper.failed(start + 11s + 500ms, Code::connection), start + 12s);
    EXPECT_FALSE(keeper.send(start + 12s));
}

TEST(LeaseKeeper, IsLostWhenTheLastTryFailsTooLate) {
    LeaseKeeper keeper(start, 12s);
    EXPECT_TRUE(keeper.send(start));
    EXPECT_FALSE(keeper.failed(start + 12s, Code::timeout));
}

TEST(LeaseKeeper, ALateAnswerBringsNothingBack) {
    LeaseKeeper keeper(start, 12s);
    EXPECT_TRUE(keeper.send(start));
    EXPECT_FALSE(keeper.confirmed(start + 12s, 12s));
}

TEST(LeaseKeeper, IsLostAtOnceWhenTheLeaseIsGone) {
    for (const Code code :
         {Code::lease_not_found, Code::invalid_argument, Code::wrong_cluster, Code::closed}) {
        LeaseKeeper keeper(start, 12s);
        EXPECT_TRUE(keeper.send(start));
        EXPECT_FALSE(keeper.failed(start + 1s, code)) << name_of(code);
    }
    for (const Code code : {Code::overloaded, Code::unavailable, Code::outcome_unknown, Code::connection}) {
        LeaseKeeper keeper(start, 12s);
        EXPECT_TRUE(keeper.send(start));
        EXPECT_TRUE(keeper.failed(start + 1s, code)) << name_of(code);
    }
}

}  // namespace
}  // namespace kvbus::client
