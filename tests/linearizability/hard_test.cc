// Histories that make a naive search explode, and what happens at the limits of this one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linearizability/checker.h"
#include "linearizability/notation.h"
#include "linearizability/oracle.h"
#include "linearizability/random_history.h"

namespace kvbus::linearizability {
namespace {

// All clients on one key, every second write unknown; a choice for each of them would be 2^1000 ways.
TEST(HardTest, ManyUnknownWritesOnOneKey) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        const auto history =
            random_history({.operations = 4000, .clients = 16, .removes = 0.1, .unknown = 0.5}, random);
        const auto report = check(history, {.work_max = 20'000'000, .configurations_max = 10'000});
        ASSERT_EQ(report.verdict, Verdict::linearizable) << "seed " << seed << "\n" << report.explanation;
    }
}

TEST(HardTest, ManyUnknownWritesOfFewValues) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        const auto history = random_history(
            {.operations = 4000, .clients = 16, .values = 4, .removes = 0.1, .unknown = 0.3}, random);
        const auto report = check(history, {.work_max = 50'000'000, .configurations_max = 100'000});
        ASSERT_EQ(report.verdict, Verdict::linearizable) << "seed " << seed << "\n" << report.explanation;
    }
}

// Ten thousand operations under way at once: what is looked at grows with the square, and stays within
// bounds.
TEST(HardTest, EverythingAtOnce) {
    Random random(1);
    const auto history = random_history({.operations = 2000, .clients = 2000}, random);
    EXPECT_EQ(check(history).verdict, Verdict::linearizable);
}

// Many writes of few values under way at once, and reads that nothing explains: what this problem is hard
// for.
std::vector<Operation> hard_history(Random& random) {
    constexpr std::uint32_t values = 16;
    auto history = random_history(
        {.operations = 1000, .clients = 8, .values = values, .gets = 0.3, .unknown = 0.1}, random);
    for (int changed = 0; changed < 5;) {
        auto& operation = history[random.below(history.size())];
        if (operation.op != Op::get || operation.outcome != Outcome::ok) continue;
        operation.value = std::to_string(1 + random.below(values));
        ++changed;
    }
    return history;
}

TEST(HardTest, BeyondALimitItSaysSoAndHowFarItCame) {
    constexpr Limits limits{.work_max = 1'000'000, .configurations_max = 5'000};
    constexpr std::uint64_t one_step_max = 100'000;
    int too_hard = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        const auto history = hard_history(random);
        const auto report = check(history, limits);
        ASSERT_LT(report.work, limits.work_max + one_step_max) << "seed " << seed;
        if (report.verdict != Verdict::too_hard) continue;
        ++too_hard;
        EXPECT_THAT(
            report.explanation,
            testing::MatchesRegex("key \"k0\": too hard; [0-9]+ of [0-9]+ operations could be put in order "
                                  "at best, after [0-9]+ configurations and [0-9]+ steps\n"))
            << "seed " << seed;
    }
    EXPECT_GT(too_hard, 5);
}

TEST(HardTest, AKeyAtFaultIsFoundBesideOneThatIsTooHard) {
    Random random(1);
    auto history = hard_history(random);
    const Limits none{.work_max = 10, .configurations_max = 0};
    EXPECT_EQ(check(history, none).verdict, Verdict::too_hard);
    history.push_back({.id = 1, .key = "k1", .value = "from nowhere"});
    const auto report = check(history, none);
    EXPECT_EQ(report.verdict, Verdict::not_linearizable);
    EXPECT_EQ(report.key, "k1");
}

// A limit may cost the verdict, but never turns it.
TEST(HardTest, TheVerdictIsNeverWrong) {
    int told = 0;
    int too_hard = 0;
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        Random random(seed);
        auto history = random_history(
            {.operations = 9, .clients = 6, .values = 2, .removes = 0.2, .unknown = 0.2, .longest = 9},
            random);
        auto& operation = history[random.below(history.size())];
        if (operation.op == Op::get) operation.value = "1";
        const auto verdict =
            check(history, {.work_max = random.between(1, 100), .configurations_max = random.below(3)})
                .verdict;
        ++(verdict == Verdict::too_hard ? too_hard : told);
        if (verdict == Verdict::too_hard) continue;
        ASSERT_EQ(verdict == Verdict::linearizable, oracle_finds_order(history)) << "seed " << seed << "\n"
                                                                                 << text_of(history);
    }
    EXPECT_GT(told, 500);
    EXPECT_GT(too_hard, 500);
}

}  // namespace
}  // namespace kvbus::linearizability
