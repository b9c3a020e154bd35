#include "sim/report.h"

#include <chrono>

#include <gmock/gmock.h>

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const simulated::MutantInfo info{Mutant::double_vote, "double-vote", "A voter votes for everybody."};

MutantTrial trial_with(Verdict verdict) {
    MutantTrial trial{.mutant = info, .verdict = verdict};
    trial.result.totals.seeds = 12;
    trial.result.wall = 1500ms;
    trial.finding = {34, "two leaders in term 5\nof 3 nodes"};
    if (verdict == Verdict::not_shown) trial.without_mutant = "it is broken anyway\nand more";
    return trial;
}

TEST(Report, ATrialIsOneRowWithTheFirstLineOfTheFinding) {
    const std::string row = trial_row(trial_with(Verdict::dies));
    EXPECT_EQ(row,
              "double-vote                                   34      12      1.5  two leaders in term 5\n");
    EXPECT_EQ(row.find("two"), trials_header().find("finding"));

    MutantTrial by_plan = trial_with(Verdict::dies);
    by_plan.plan = "plans/two_votes.plan";
    EXPECT_THAT(trial_row(by_plan), ::testing::HasSubstr("  two_votes: two leaders in term 5\n"));
}

TEST(Report, AKillThatNeedsNoMutantIsNone) {
    const std::string row = trial_row(trial_with(Verdict::not_shown));
    EXPECT_THAT(row, HasSubstr("seed 34 fails without the mutant too: it is broken anyway\n"));
}

TEST(Report, EveryOutcomeIsCounted) {
    const MutantTrial trials[] = {trial_with(Verdict::dies), trial_with(Verdict::dies),
                                  trial_with(Verdict::pending), trial_with(Verdict::survives)};
    EXPECT_EQ(trials_line(trials), "2 die, 1 pending, 1 survive\n");
    const MutantTrial void_one[] = {trial_with(Verdict::not_shown)};
    EXPECT_EQ(trials_line(void_one), "0 die, 0 pending, 0 survive, 1 not shown\n");
}

TEST(Report, AFailingPlanCanBeReplayedThoughTheFailureHasManyLines) {
    const Plan plan = draw_plan(7);
    const std::string text = failing_plan_text(plan, "one\n\nthree", "double-vote");
    EXPECT_THAT(text, ::testing::StartsWith("# fails: one\n# \n# three\n# mutant double-vote\nseed 7\n"));
    const auto read = parse_plan(text);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, plan);
}

TEST(Report, WithoutAMutantNoneIsNamed) {
    EXPECT_THAT(failing_plan_text(Plan{}, "one", ""), ::testing::Not(HasSubstr("mutant")));
}

TEST(Report, EachFailureSaysHowToSeeItAgain) {
    CampaignResult result;
    result.failures = {{3, "bad"}, {5, "worse"}};
    const std::string text =
        failures_text(result, [](std::uint64_t seed) { return "kvsim --seed " + std::to_string(seed); });
    EXPECT_EQ(text,
              "seed 3 fails: bad\n  again: kvsim --seed 3   smaller: kvsim --seed 3 --shrink\n"
              "seed 5 fails: worse\n  again: kvsim --seed 5   smaller: kvsim --seed 5 --shrink\n");
}

TEST(Report, AllMutantsAreListedWithWhatTheyDo) {
    const std::string list = mutants_list();
    for (const auto& mutant : simulated::mutants()) {
        EXPECT_THAT(list, HasSubstr(std::string{mutant.name}));
        EXPECT_THAT(list, HasSubstr(std::string{mutant.sentence}));
    }
}

}  // namespace
}  // namespace kvbus::sim
