#include "sim/shrink_by_running.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/shrink.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

constexpr Mutant mutant = Mutant::vote_reply_before_sync;

class ShrinkByRunning : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { set_log_level(LogLevel::error); }

    void SetUp() override {
        plan_.duration_us = 5'000'000;
        plan_.loss = 1'000;
        plan_.faults = {{1s, FaultKind::pause, 100ms, 1}, {2s, FaultKind::crash, 100ms, 2}};
        run_ = run_one(plan_, mutant);
        ASSERT_EQ(run_.failures.size(), 1U);
    }

    Plan plan_;
    CampaignResult run_;
};

TEST_F(ShrinkByRunning, KeepsTheWayItFails) {
    const auto shrunk = shrink_by_running(plan_, run_, mutant, 60s);
    EXPECT_FALSE(shrunk.out_of_time);
    EXPECT_GT(shrunk.plans_tried, 0U);
    EXPECT_TRUE(shrunk.plan.faults.empty()) << "votes need no faults";
    EXPECT_EQ(shrunk.plan.loss, 0U);
    ASSERT_EQ(shrunk.run.failures.size(), 1U);
    EXPECT_EQ(failure_of(shrunk.plan, mutant), shrunk.run.failures[0].text) << "the run is of this plan";
    EXPECT_EQ(way_it_fails(shrunk.run.failures[0].text), way_it_fails(run_.failures[0].text));
}

TEST_F(ShrinkByRunning, KeepsNothingThatFailsInAnotherWay) {
    run_.failures[0].text = "in a way that no plan fails";
    EXPECT_EQ(shrink_by_running(plan_, run_, mutant, 60s).plan, plan_);
}

TEST_F(ShrinkByRunning, WithoutTimeThePlanStaysAsItIs) {
    const auto shrunk = shrink_by_running(plan_, run_, mutant, 0s);
    EXPECT_TRUE(shrunk.out_of_time);
    EXPECT_EQ(shrunk.plans_tried, 0U);
    EXPECT_EQ(shrunk.plan, plan_);
    EXPECT_EQ(shrunk.run.failures[0].text, run_.failures[0].text);
}

}  // namespace
}  // namespace kvbus::sim
