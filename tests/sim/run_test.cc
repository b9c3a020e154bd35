// The simulator as a whole: it repeats itself exactly, it does something, and it sees what is wrong.
#include "sim/run.h"

#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "base/log.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds = 20;

class Run : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { set_log_level(LogLevel::error); }
};

// Long enough for some of everything.
Plan short_plan(std::uint64_t seed) {
    Plan plan = draw_plan(seed);
    plan.duration_us = 8'000'000;
    std::erase_if(plan.faults, [](const Fault& fault) { return fault.at >= 8s; });
    return plan;
}

TEST_F(Run, TheSameSeedGivesTheSameTraceTwice) {
    std::set<std::uint64_t> traces;
    std::uint64_t acknowledged = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const auto one = run(short_plan(seed));
        const auto other = run(short_plan(seed));
        EXPECT_FALSE(one.failure) << "seed " << seed << ": " << *one.failure;
        EXPECT_EQ(one.figures.trace, other.figures.trace) << "seed " << seed;
        EXPECT_EQ(one.figures.events, other.figures.events) << "seed " << seed;
        EXPECT_EQ(one.failure, other.failure);
        traces.insert(one.figures.trace);
        acknowledged += one.figures.acknowledged;
    }
    EXPECT_EQ(traces.size(), seeds) << "another seed, another run";
    EXPECT_GT(acknowledged, 100 * seeds);
}

TEST_F(Run, AnotherSeedOfTheSamePlanGivesAnotherTrace) {
    Plan plan;
    plan.duration_us = 2'000'000;
    const auto one = run(plan);
    plan.seed += 1;
    const auto other = run(plan);
    EXPECT_FALSE(one.failure) << *one.failure;
    EXPECT_FALSE(other.failure) << *other.failure;
    EXPECT_NE(one.figures.trace, other.figures.trace);
}

TEST_F(Run, ThePlanReadFromItsTextGivesTheSameTrace) {
    const Plan plan = short_plan(4);
    const auto read = parse_plan(to_text(plan));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(run(plan).figures.trace, run(*read).figures.trace);
}

TEST_F(Run, SimulatesAtLeastTheTimeOfThePlan) {
    Plan plan;
    plan.duration_us = 3'000'000;
    const auto result = run(plan);
    EXPECT_FALSE(result.failure) << *result.failure;
    EXPECT_GE(result.figures.simulated, 3s);
    EXPECT_GT(result.figures.acknowledged, 0U);
    EXPECT_GE(result.figures.checked, result.figures.acknowledged);
    EXPECT_GE(result.figures.elections, 1U);
    EXPECT_EQ(result.figures.crashes, 0U) << "the node that the proof of liveness leaves away is none";
}

}  // namespace
}  // namespace kvbus::sim
