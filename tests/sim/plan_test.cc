#include "sim/plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace kvbus::sim {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t seeds = 200;

TEST(Plan, WhatIsDrawnCanBeWrittenDownAndReadAgain) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Plan plan = draw_plan(seed);
        const auto read = parse_plan(to_text(plan));
        ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.error().message;
        ASSERT_EQ(*read, plan) << "seed " << seed;
        EXPECT_EQ(to_text(*read), to_text(plan));
    }
}

TEST(Plan, TheSameSeedDrawsTheSameAndAnotherOneAnother) {
    std::set<std::string> texts;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        EXPECT_EQ(draw_plan(seed), draw_plan(seed));
        texts.insert(to_text(draw_plan(seed)));
    }
    EXPECT_EQ(texts.size(), seeds);
}

TEST(Plan, ASwarmHasAllKindsOfFaultsNoneOfThemEverywhere) {
    std::array<std::uint64_t, fault_kinds> plans_with{};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Plan plan = draw_plan(seed);
        EXPECT_TRUE(std::ranges::is_sorted(plan.faults, {}, &Fault::at));
        std::set<FaultKind> kinds;
        for (const Fault& fault : plan.faults)
            kinds.insert(fault.kind);
        for (const FaultKind kind : kinds)
            ++plans_with[static_cast<std::size_t>(kind)];
    }
    for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
        const auto name = name_of(static_cast<FaultKind>(kind));
        EXPECT_GT(plans_with[kind], seeds / 10) << name;
        EXPECT_LT(plans_with[kind], seeds * 7 / 10) << name;
    }
}

TEST(Plan, ASwarmHasAllKindsOfCallsNoneOfThemEverywhere) {
    constexpr std::pair<const char*, std::uint64_t Plan::*> kinds[] = {
        {"plain", &Plan::plain},       {"increments", &Plan::increments},
        {"appends", &Plan::appends},   {"edits", &Plan::edits},
        {"leases", &Plan::leases},     {"transactions", &Plan::transactions},
        {"watchers", &Plan::watchers}, {"candidates", &Plan::candidates}};
    for (const auto& [name, kind] : kinds) {
        std::uint64_t plans = 0;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed)
            plans += draw_plan(seed).*kind > 0 ? 1 : 0;
        EXPECT_GT(plans, seeds / 4) << name;
        EXPECT_LT(plans, seeds * 9 / 10) << name;
    }
}

TEST(Plan, AThirdOfASwarmIsAboutKeysAndALogOnly) {
    std::uint64_t plans = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Plan plan = draw_plan(seed);
        const std::uint64_t other_calls =
            plan.increments + plan.appends + plan.edits + plan.transactions + plan.leases + plan.compactions;
        const std::uint64_t more = other_calls + plan.watchers + plan.candidates + plan.snapshot_log_bytes;
        plans += more == 0 ? 1 : 0;
    }
    EXPECT_GT(plans, seeds * 25 / 100);
    EXPECT_LT(plans, seeds * 45 / 100);
}

TEST(Plan, HalfOfASwarmHasSnapshotsAndSomeHaveMany) {
    std::uint64_t plans = 0, small = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Plan plan = draw_plan(seed);
        plans += plan.snapshot_log_bytes > 0 ? 1 : 0;
        small += plan.snapshot_log_bytes > 0 && plan.snapshot_log_bytes < 4096 ? 1 : 0;
        if (plan.snapshot_log_bytes > 0) continue;
        for (const Fault& fault : plan.faults)
            EXPECT_LT(fault.kind, FaultKind::leave_behind) << "seed " << seed;
    }
    EXPECT_GT(plans, seeds * 4 / 10);
    EXPECT_LT(plans, seeds * 6 / 10);
    EXPECT_GT(small, seeds / 8);
}

TEST(Plan, WhatIsDrawnMakesSense) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
        EXPECT_EQ(contradiction_in(draw_plan(seed)), "") << "seed " << seed;
}

TEST(Plan, WhatTheTextLeavesOutIsAsUsual) {
    const auto read = parse_plan("# what was found on a rainy day\n\n  \nnodes 5\n# and more\nloss 1000\n");
    ASSERT_TRUE(read.ok()) << read.error().message;
    Plan expected;
    expected.nodes = 5;
    expected.loss = 1000;
    EXPECT_EQ(*read, expected);
    EXPECT_EQ(read->snapshot_log_bytes, 0U) << "plans that are older know no snapshots";
}

TEST(Plan, AFaultIsOneLine) {
    const auto read = parse_plan("fault 1500000 crash_lead 250000 77\n");
    ASSERT_TRUE(read.ok()) << read.error().message;
    ASSERT_EQ(read->faults.size(), 1U);
    const Fault expected{std::chrono::milliseconds{1500}, FaultKind::crash_lead,
                         std::chrono::milliseconds{250}, 77};
    EXPECT_EQ(read->faults[0], expected);
}

TEST(Plan, EachKindOfFaultHasItsName) {
    using enum FaultKind;
    const std::pair<FaultKind, const char*> names[] = {{crash, "crash"},
                                                       {crash_all, "crash_all"},
                                                       {crash_lead, "crash_lead"},
                                                       {pause, "pause"},
                                                       {isolate, "isolate"},
                                                       {split, "split"},
                                                       {bridge, "bridge"},
                                                       {clog, "clog"},
                                                       {slow_disk, "slow_disk"},
                                                       {sync_error, "sync_error"},
                                                       {full_disk, "full_disk"},
                                                       {rot, "rot"},
                                                       {drop_client, "drop_client"},
                                                       {strand, "strand"},
                                                       {comeback, "comeback"},
                                                       {leave_behind, "leave_behind"},
                                                       {crash_holder, "crash_holder"},
                                                       {crash_receiver, "crash_receiver"}};
    EXPECT_EQ(std::size(names), fault_kinds);
    for (const auto& [kind, name] : names)
        EXPECT_EQ(name_of(kind), name);
}

struct BadText {
    const char* name;
    const char* text;
    const char* line;
    const char* complaint;
};

class BadPlan : public ::testing::TestWithParam<BadText> {};

INSTANTIATE_TEST_SUITE_P(
    , BadPlan,
    ::testing::Values(BadText{"UnknownField", "nodes 3\nnoodles 3\n", "line 2", "noodles"},
                      BadText{"NoNumber", "# one\n# two\nnodes\n", "line 3", "nodes"},
                      BadText{"Word", "nodes three\n", "line 1", "three"},
                      BadText{"UnknownFault", "nodes 3\n\n\nfault 1 earthquake 2 3\n", "line 4",
                              "earthquake"},
                      BadText{"ShortFault", "fault 1 crash 2\n", "line 1", "LASTS_US"},
                      BadText{"FaultWithoutTime", "seed 1\nfault crash 1 2 3\n", "line 2", "AT_US"},
                      BadText{"NumberTooLarge", "nodes 3\nloss 99999999999999999999999\n", "line 2", "loss"}),
    [](const auto& bad) { return bad.param.name; });

TEST_P(BadPlan, IsRefusedWithTheLineWhereItIsWrong) {
    const auto read = parse_plan(GetParam().text);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, Code::malformed);
    EXPECT_THAT(read.error().message, HasSubstr(GetParam().line));
    EXPECT_THAT(read.error().message, HasSubstr(GetParam().complaint));
}

TEST(Plan, WhatCannotBeRunIsRefused) {
    for (const char* text :
         {"nodes 0\n", "nodes 8\n", "keys 0\n", "election_us 50000\nheartbeat_us 50000\n", "plain 0\n",
          "unanswered_max 0\n", "snapshot_chunk_bytes 0\n", "snapshot_parts_per_turn 0\n",
          "lease_ttl_us_min 20000000\n", "sessions_max 3\n"}) {
        const auto read = parse_plan(text);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code, Code::invalid_argument);
    }
}

}  // namespace
}  // namespace kvbus::sim
