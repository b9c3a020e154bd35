// Campaigns of runs that last a few simulated seconds, and of some that never end as they should.
#include "sim/campaign.h"

#include <limits>
#include <stdexcept>
#include <utility>

#include <gmock/gmock.h>

#include "base/check.h"
#include "base/log.h"
#include "sim/mutant_trial.h"
#include "sim/shrink.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Campaigns : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { set_log_level(LogLevel::error); }
};
using MutantTrials = Campaigns;

Plan short_plan(std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    plan.duration_us = 1'000'000;
    return plan;
}

Campaign quiet(std::function<Plan(std::uint64_t)> plan) {
    return {.first = 1, .last = 10, .plan = std::move(plan), .jobs = 2, .show_progress = false};
}

TEST_F(Campaigns, RunsEachSeedOnceWhateverTheNumberOfProcesses) {
    Campaign campaign = quiet(short_plan);
    const auto two = run_campaign(campaign);
    campaign.jobs = 1;
    const auto one = run_campaign(campaign);
    EXPECT_TRUE(one.failures.empty());
    EXPECT_EQ(one.totals.seeds, 10U);
    EXPECT_EQ(two.totals.seeds, 10U);
    EXPECT_EQ(one.totals.traces, two.totals.traces);
    EXPECT_EQ(one.rare_states, two.rare_states);
}

TEST_F(Campaigns, EndsWhenEnoughIsSimulated) {
    Campaign campaign = quiet(short_plan);
    campaign.last = std::numeric_limits<std::uint64_t>::max();
    campaign.simulated_max = 20s;
    EXPECT_GE(run_campaign(campaign).totals.simulated_ns, 20'000'000'000U);
}

TEST_F(Campaigns, ARunThatAbortsFailsWithWhatItPrinted) {
    Campaign campaign = quiet([](std::uint64_t seed) {
        KV_CHECK(seed != 3, "on purpose");
        return short_plan(seed);
    });
    campaign.last = 1'000'000;
    const auto result = run_campaign(campaign);
    ASSERT_EQ(result.failures.size(), 1U);
    EXPECT_EQ(result.failures[0].seed, 3U);
    EXPECT_THAT(result.failures[0].text, StartsWith("the process aborted: kvbus: bug: "));
    EXPECT_THAT(result.failures[0].text, HasSubstr("seed != 3 does not hold: on purpose"));
    EXPECT_LT(result.totals.seeds, campaign.last) << "no further seed is begun";
}

TEST_F(Campaigns, ARunThatHangsIsEnded) {
    Campaign campaign = quiet([](std::uint64_t) {
        for (volatile bool forever = true; forever;) {
        }
        return Plan{};
    });
    campaign.last = 1;
    campaign.hang_after = 100ms;
    const auto result = run_campaign(campaign);
    ASSERT_EQ(result.failures.size(), 1U);
    EXPECT_THAT(result.failures[0].text, StartsWith(std::string{hang_text}));
    EXPECT_EQ(result.totals.seeds, 1U);
}

TEST_F(Campaigns, APlanThatCannotBeMadeIsAFailureOfItsSeed) {
    const auto result = run_campaign(quiet([](std::uint64_t seed) {
        if (seed == 2) throw std::runtime_error{"no such plan"};
        return short_plan(seed);
    }));
    ASSERT_EQ(result.failures.size(), 1U);
    EXPECT_EQ(result.failures[0].seed, 2U);
    EXPECT_EQ(result.failures[0].text, "no such plan");
}

TEST(TextOfAbort, SaysFirstWhatHasWords) {
    EXPECT_EQ(text_of_abort(""), "the process aborted, and printed nothing");
    EXPECT_EQ(text_of_abort("====\n==12==\n\n"), "the process aborted, and printed nothing");
    EXPECT_EQ(text_of_abort("====\n==12==ERROR: heap\n#0 main\n"),
              "the process aborted: ==12==ERROR: heap\n#0 main");
    EXPECT_NE(way_it_fails(text_of_abort("kvbus: bug: log.cc:80: index > 0 does not hold\n")),
              way_it_fails(text_of_abort("kvbus: bug: log.cc:90: term > 0 does not hold\n")))
        << "two bugs are not the same because both abort";
}

simulated::MutantInfo mutant(Mutant which,
                             simulated::MutantStatus status = simulated::MutantStatus::applies) {
    return {which, "a-mutant", "", status};
}

TEST_F(MutantTrials, DiesWhereThePlanPassesWithoutIt) {
    const auto trial = try_mutant(quiet(short_plan), mutant(Mutant::append_ack_before_sync));
    EXPECT_EQ(trial.verdict, Verdict::dies);
    EXPECT_NE(trial.finding.text, "");
    EXPECT_EQ(trial.without_mutant, "");
}

TEST_F(MutantTrials, IsNotShownByAPlanThatFailsAnyway) {
    Plan impossible = short_plan(1);
    impossible.nodes = 0;  // aborts, or is refused: a failure either way
    const auto trial =
        try_mutant(quiet([=](std::uint64_t) { return impossible; }), mutant(Mutant::double_vote));
    EXPECT_EQ(trial.verdict, Verdict::not_shown);
    EXPECT_NE(trial.without_mutant, "");
}

TEST_F(MutantTrials, SurvivesWhereNothingFails) {
    const auto trial = try_mutant(quiet(short_plan), mutant(Mutant::none));
    EXPECT_EQ(trial.verdict, Verdict::survives);
    EXPECT_EQ(trial.result.totals.seeds, 10U);
}

TEST_F(MutantTrials, OfAPendingOneNothingIsRun) {
    const auto trial =
        try_mutant(quiet(short_plan), mutant(Mutant::lease_on_wall_clock, simulated::MutantStatus::pending));
    EXPECT_EQ(trial.verdict, Verdict::pending);
    EXPECT_EQ(trial.result.totals.seeds, 0U);
}

}  // namespace
}  // namespace kvbus::sim
