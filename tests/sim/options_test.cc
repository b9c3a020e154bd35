#include "sim/options.h"

#include <iterator>
#include <sstream>

#include <gmock/gmock.h>

namespace kvbus::sim {
namespace {

using ::testing::HasSubstr;

Options parse(const std::string& line) {
    std::istringstream words{line};
    return parse_options({std::istream_iterator<std::string>{words}, {}});
}

TEST(Options, SeedsAreOneOrARangeWithBothEnds) {
    EXPECT_EQ(parse_seeds("3..9"), (SeedRange{3, 9}));
    EXPECT_EQ(parse_seeds("0..0"), (SeedRange{0, 0}));
    EXPECT_EQ(parse("--seed 7").seeds, (SeedRange{7, 7}));
    EXPECT_EQ(parse("--seeds 7..8").seeds, (SeedRange{7, 8}));
    EXPECT_EQ(parse("--minutes 1").seeds, std::nullopt);
    for (const char* text : {"", "5", "5..", "..5", "5..4", "5...9", "a..b", "-1..5", "1..1000000000001"})
        EXPECT_THROW((void)parse_seeds(text), BadInput) << text;
}

TEST(Options, ASettingIsAFieldAndANumber) {
    const auto options = parse("--seed 1 --set nodes=5 --set loss=0");
    ASSERT_EQ(options.settings.size(), 2U);
    EXPECT_EQ(options.settings[0], (std::pair<std::string, std::uint64_t>{"nodes", 5}));
    EXPECT_EQ(options.settings[1], (std::pair<std::string, std::uint64_t>{"loss", 0}));
    for (const char* line : {"--seed 1 --set nonsense", "--seed 1 --set nodes=", "--seed 1 --set nodes=five"})
        EXPECT_THROW((void)parse(line), BadInput) << line;
}

TEST(Options, WhatGoesTogether) {
    for (const char* line :
         {"--seed 1 --shrink", "--replay F --shrink", "--replay F --mutant M", "--seed 1 --mutant M --shrink",
          "--seeds 1..5 --mutant M", "--mutants --seeds 1..9", "--mutants --minutes 1", "--mutants --plans D",
          "--seed 1 --plan", "--replay F --plan --set nodes=3", "--minutes 1 --coverage",
          "--minimum-sim-hours 1 --no-shrink", "--list-mutants", "check F"})
        EXPECT_NO_THROW((void)parse(line)) << line;
}

TEST(Options, WhatContradictsItselfOrWouldBeLeftOutInSilence) {
    for (const char* line : {"",
                             "--jobs 1",
                             "--set nodes=3",
                             "--seed 1 --seeds 1..2",
                             "--seed 1 --replay F",
                             "--mutants --mutant M",
                             "--mutants --replay F",
                             "--mutants --shrink",
                             "--seed 1 --plans D",
                             "--mutant M --coverage",
                             "--mutant M --minimum-sim-hours 1",
                             "--shrink",
                             "--plan",
                             "--seeds 1..2 --shrink",
                             "--seeds 1..2 --plan",
                             "--seed 1 --plan --mutant M",
                             "--seed 1 --shrink --no-shrink",
                             "--replay F --coverage",
                             "--replay F --minutes 1",
                             "--list-mutants --seed 1",
                             "check F --seed 1",
                             "--seed 1 check F",
                             "--minutes 0",
                             "--minutes -1",
                             "--minutes nan",
                             "--minutes 1e300",
                             "--jobs 0",
                             "--seed 1 --jobs 65",
                             "--nonsense",
                             "nonsense"})
        EXPECT_THROW((void)parse(line), BadUsage) << line;
}

TEST(Options, EmptyWordsAreRefused) {
    for (const char* option : {"--seed", "--seeds", "--set"})
        EXPECT_THROW((void)parse_options({"--minutes", "1", option, ""}), std::runtime_error) << option;
    for (const char* option : {"--replay", "--mutant"})
        EXPECT_THROW((void)parse_options({"--seed", "1", option, ""}), BadUsage) << option;
}

TEST(Options, HelpIsPrintedWhateverElseIsAsked) {
    EXPECT_THAT(parse("--help").help, HasSubstr("Exit status"));
    EXPECT_THAT(parse("--seed 1 --help").help, HasSubstr("--seed"));
}

}  // namespace
}  // namespace kvbus::sim
