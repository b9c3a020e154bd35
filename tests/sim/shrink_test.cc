// Shrinking with pure questions in the place of runs.
#include "sim/shrink.h"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

namespace kvbus::sim {
namespace {

TEST(Shrink, TheWayItFailsHasNoNumbersAndOneLine) {
    EXPECT_EQ(way_it_fails("5 applies 1/23 404 bytes, which is durable on 3 nodes only"),
              way_it_fails("2 applies 7/4 16 bytes, which is durable on 1 nodes only\nlog of 2: 1 2 3"));
    EXPECT_EQ(way_it_fails("the put of '5.45.xxx' to k0000 was applied 2 times"),
              way_it_fails("the put of '14.4.x' to k0003 was applied 3 times"));
    EXPECT_EQ(way_it_fails("one line 7 only\nand more"), "one line only");
    EXPECT_EQ(way_it_fails(""), "");
}

TEST(Shrink, AnotherSentenceIsAnotherWayToFail) {
    EXPECT_NE(way_it_fails("5 applies 1/23 404 bytes, which is durable on 3 nodes only"),
              way_it_fails("5 drops the committed entry 1/1"))
        << "though both begin with the number of a node";
    EXPECT_NE(way_it_fails("the put of '5.45.xxx' to k0000 was refused, and applied"),
              way_it_fails("the put of '5.45.xxx' to k0000 was applied 2 times"));
    EXPECT_NE(way_it_fails("it hangs: no end after 300 s"), way_it_fails(""));
}

std::ptrdiff_t faults_of(const Plan& plan, FaultKind kind) {
    return std::ranges::count(plan.faults, kind, &Fault::kind);
}

// The first seed from 1 whose plan has two crashes of a leader and more than these.
Plan plan_with_crashes() {
    for (std::uint64_t seed = 1;; ++seed) {
        Plan plan = draw_plan(seed);
        const auto crashes = faults_of(plan, FaultKind::crash_lead);
        if (crashes >= 2 && plan.faults.size() > 20 && plan.nodes == 5) return plan;
    }
}

TEST(Shrink, LeavesWhatTheFailureNeedsAndNothingElse) {
    const Plan plan = plan_with_crashes();
    const Plan smallest = shrink(plan, [](const Plan& smaller) {
        return smaller.nodes >= 2 && faults_of(smaller, FaultKind::crash_lead) >= 2;
    });
    EXPECT_EQ(smallest.nodes, 3U);
    EXPECT_EQ(smallest.faults.size(), 2U);
    EXPECT_EQ(faults_of(smallest, FaultKind::crash_lead), 2);
    EXPECT_EQ(smallest.clients, 0U);
    EXPECT_EQ(smallest.loss, 0U);
    EXPECT_EQ(smallest.seed, plan.seed);
    EXPECT_GE(std::chrono::microseconds{smallest.duration_us}, smallest.faults.back().at);
}

TEST(Shrink, EveryPlanThatItKeepsFails) {
    std::vector<Plan> failing{plan_with_crashes()};
    const Plan smallest = shrink(failing.front(), [&](const Plan& smaller) {
        const bool fails = smaller.faults.size() >= 3 && smaller.duration_us > 4'000'000;
        if (fails) failing.push_back(smaller);
        return fails;
    });
    EXPECT_EQ(smallest, failing.back());
    EXPECT_EQ(smallest.faults.size(), 3U);
}

TEST(Shrink, APlanThatFailsInNoOtherFormStaysAsItIs) {
    const Plan plan = plan_with_crashes();
    EXPECT_EQ(shrink(plan, [](const Plan&) { return false; }), plan);
}

}  // namespace
}  // namespace kvbus::sim
