// The simulator as a whole: it repeats itself exactly, it does something, and it sees what is wrong.
#include "sim/run.h"

#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "base/log.h"
#include "simulated/mutants.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds_run = 20;

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
    for (std::uint64_t seed = 1; seed <= seeds_run; ++seed) {
        const auto one = run(short_plan(seed));
        const auto other = run(short_plan(seed));
        EXPECT_FALSE(one.failure) << "seed " << seed << ": " << *one.failure;
        EXPECT_EQ(one.figures.trace, other.figures.trace) << "seed " << seed;
        EXPECT_EQ(one.figures.events, other.figures.events) << "seed " << seed;
        EXPECT_EQ(one.failure, other.failure);
        traces.insert(one.figures.trace);
        acknowledged += one.figures.acknowledged;
    }
    EXPECT_EQ(traces.size(), seeds_run) << "another seed, another run";
    EXPECT_GT(acknowledged, 100 * seeds_run);
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

// With small chunks and a small log; nothing but `fault`, of a node and for a time that lets many snapshots
// pass.
Plan plan_with_snapshots(FaultKind fault) {
    Plan plan;
    plan.duration_us = 20'000'000;
    plan.snapshot_log_bytes = 2048;
    plan.snapshot_chunk_bytes = 256;
    plan.snapshot_parts_per_turn = 8;
    plan.bulk_us = 20'000;
    plan.faults.push_back({2s, FaultKind::leave_behind, 10s, 1});
    if (fault != FaultKind::leave_behind) plan.faults.push_back({2s, fault, 1s, 1});
    return plan;
}

TEST_F(Run, ANodeThatWasCutOffComesBackThroughASnapshot) {
    const auto result = run(plan_with_snapshots(FaultKind::leave_behind));
    EXPECT_FALSE(result.failure) << *result.failure;
    EXPECT_GT(result.figures.snapshots_taken, 10U);
    EXPECT_GE(result.figures.snapshots_installed, 1U);
    EXPECT_EQ(result.figures.crashes, 0U);
}

TEST_F(Run, ATransferSurvivesTheDeathOfEitherSide) {
    for (const FaultKind fault : {FaultKind::crash_holder, FaultKind::crash_receiver}) {
        const auto result = run(plan_with_snapshots(fault));
        EXPECT_FALSE(result.failure) << *result.failure;
        EXPECT_EQ(result.figures.crashes, 1U) << "in the midst of it";
        EXPECT_GE(result.figures.snapshots_installed, 1U);
    }
}

// By the alarm that the node itself raises: with this mutant nobody else compares.
TEST_F(Run, ANodeWhoseStateDiffersIsFoundOutByTheOthers) {
    constexpr std::uint64_t plans = 10;
    simulated::set_mutant(Mutant::state_differs_on_one_node);
    for (std::uint64_t seed = 1; seed <= plans; ++seed) {
        Plan plan;
        plan.seed = seed;
        plan.duration_us = 20'000'000;
        const auto result = run(plan);
        ASSERT_TRUE(result.failure) << "seed " << seed;
        EXPECT_TRUE(result.failure->starts_with("an alarm is raised: the state of node n1 differs"))
            << *result.failure;
        EXPECT_LT(result.figures.simulated, 15s) << "seed " << seed;
    }
    simulated::set_mutant(Mutant::none);
}

TEST_F(Run, APlanWithoutSnapshotsTakesNone) {
    Plan plan;
    plan.duration_us = 5'000'000;
    EXPECT_EQ(run(plan).figures.snapshots_taken, 0U);
}

}  // namespace
}  // namespace kvbus::sim
