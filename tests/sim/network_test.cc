// The agenda and the network of the simulator: what happens when, and what arrives.
#include "sim/network.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/agenda.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

constexpr NodeId a{1}, b{2}, c{3};
constexpr Instant start{};

// --- agenda ------------------------------------------------------------------------------------------------

TEST(Agenda, ThingsHappenInTheOrderOfTimeAndThenInThatOfTheirEntry) {
    Agenda agenda;
    std::string order;
    agenda.at(start + 2ms, [&] { order += 'c'; });
    agenda.at(start + 1ms, [&] { order += 'a'; });
    agenda.at(start + 2ms, [&] { order += 'd'; });
    agenda.at(start + 1ms, [&] { order += 'b'; });
    while (agenda.run_next(start + 1s)) {
    }
    EXPECT_EQ(order, "abcd");
    EXPECT_EQ(agenda.events(), 4U);
}

TEST(Agenda, ManyEntriesComeOutSorted) {
    Agenda agenda;
    Random dice{7};
    std::vector<std::pair<Instant, int>> happened;
    for (int number = 0; number < 1000; ++number) {
        const Instant due = start + std::chrono::milliseconds{dice.below(50)};
        agenda.at(due, [&happened, &agenda, number] { happened.emplace_back(agenda.now(), number); });
    }
    while (agenda.run_next(start + 1s)) {
    }
    EXPECT_EQ(happened.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(happened));
}

TEST(Agenda, TheClockStandsAtWhatHappensAndAtTheEndWhenNothingDoes) {
    Agenda agenda;
    Instant seen;
    agenda.after(5ms, [&] { seen = agenda.now(); });
    EXPECT_FALSE(agenda.run_next(start + 4ms));
    EXPECT_EQ(agenda.now(), start + 4ms);
    EXPECT_TRUE(agenda.run_next(start + 10ms));
    EXPECT_EQ(seen, start + 5ms);
    EXPECT_EQ(agenda.now(), start + 5ms);
    EXPECT_FALSE(agenda.run_next(start + 10ms));
    EXPECT_EQ(agenda.now(), start + 10ms);
}

TEST(Agenda, WhatWasDueBeforeHappensNowAndTheClockNeverGoesBack) {
    Agenda agenda;
    (void)agenda.run_next(start + 10ms);
    Instant seen;
    agenda.at(start + 1ms, [&] { seen = agenda.now(); });
    EXPECT_TRUE(agenda.run_next(start + 20ms));
    EXPECT_EQ(seen, start + 10ms);
}

TEST(Agenda, WhatHappensMayPutDownMore) {
    Agenda agenda;
    std::string order;
    agenda.at(start + 1ms, [&] {
        order += 'a';
        agenda.after(0ms, [&] { order += 'c'; });
    });
    agenda.at(start + 1ms, [&] { order += 'b'; });
    while (agenda.run_next(start + 1s)) {
    }
    EXPECT_EQ(order, "abc");
}

// --- network -----------------------------------------------------------------------------------------------

TEST(Network, ACalmOneLosesAndRepeatsNothing) {
    Network network{Plan{}};
    for (int i = 0; i < 1000; ++i) {
        const auto& arrivals = network.send(start, a, b);
        ASSERT_EQ(arrivals.size(), 1U);
        EXPECT_GT(arrivals[0], start);
        EXPECT_LT(arrivals[0], start + 100ms);
    }
}

TEST(Network, ACutLosesWhatIsSentInItsDirectionUntilItEnds) {
    Network network{Plan{}};
    network.cut(a, b, start + 1s);
    EXPECT_TRUE(network.send(start, a, b).empty());
    EXPECT_TRUE(network.send(start + 999ms, a, b).empty());
    EXPECT_EQ(network.send(start, b, a).size(), 1U);
    EXPECT_EQ(network.send(start, a, c).size(), 1U);
    EXPECT_EQ(network.send(start + 1s, a, b).size(), 1U);
}

TEST(Network, ALaterCutDoesNotEndALongerOne) {
    Network network{Plan{}};
    network.cut(a, b, start + 2s);
    network.cut(a, b, start + 1s);
    EXPECT_TRUE(network.send(start + 1500ms, a, b).empty());
}

TEST(Network, AClogDelaysAndLosesNothing) {
    Network network{Plan{}};
    network.clog(a, b, start + 1s);
    for (int i = 0; i < 100; ++i) {
        const auto& clogged = network.send(start + i * 1ms, a, b);
        ASSERT_EQ(clogged.size(), 1U);
        EXPECT_GT(clogged[0], start + 1s);
        EXPECT_LT(clogged[0], start + 1100ms);
    }
    EXPECT_LT(network.send(start, b, a).at(0), start + 100ms);
    EXPECT_LT(network.send(start + 2s, a, b).at(0), start + 2100ms);
}

// How many of the messages on a link arrive before one that was sent earlier.
int overtaking(Plan plan) {
    plan.delay_us = 20'000;
    Network network{plan};
    Instant latest = start;
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
        const Instant arrival = network.send(start + i * 1ms, a, b).at(0);
        if (arrival < latest) ++count;
        latest = std::max(latest, arrival);
    }
    return count;
}

TEST(Network, MessagesOvertakeEachOtherOnlyWhereThePlanSaysSo) {
    Plan plan;
    EXPECT_EQ(overtaking(plan), 0);
    plan.reorder = 1;
    EXPECT_GT(overtaking(plan), 100);
}

TEST(Network, TheBulkLaneTakesLongerAndHoldsNothingElseUp) {
    Plan plan;
    plan.bulk_us = 1'000'000;
    Network network{plan};
    int slow = 0;
    for (int i = 0; i < 100; ++i) {
        const Instant bulk = network.send(start, a, b, node::Lane::bulk).at(0);
        EXPECT_LT(network.send(start, a, b).at(0), start + 100ms);
        slow += bulk > start + 300ms ? 1 : 0;
    }
    EXPECT_GT(slow, 90) << "also since each waits for the one before";
    network.heal();
    EXPECT_LT(network.send(start, a, b, node::Lane::bulk).at(0), start + 100ms);
}

TEST(Network, LossesAreAsFrequentAsThePlanSays) {
    Plan plan;
    plan.loss = 300'000;
    Network network{plan};
    int arrived = 0;
    for (int i = 0; i < 10'000; ++i)
        arrived += static_cast<int>(network.send(start, a, b).size());
    EXPECT_NEAR(arrived, 7'000, 300);
}

TEST(Network, ADuplicateComesSoonAndAReplayUpToThreeSecondsLate) {
    Plan twice;
    twice.duplicates = 1'000'000;
    Network duplicating{twice};
    const auto duplicates = duplicating.send(start, a, b);
    ASSERT_EQ(duplicates.size(), 2U);
    EXPECT_GT(duplicates[1], duplicates[0]);

    Plan late;
    late.replays = 1'000'000;
    Network replaying{late};
    Instant latest = start;
    for (int i = 0; i < 100; ++i) {
        const auto& replays = replaying.send(start, a, b);
        ASSERT_EQ(replays.size(), 2U);
        EXPECT_GE(replays[1], replays[0]);
        latest = std::max(latest, replays[1]);
    }
    EXPECT_GT(latest, start + 2s);
    EXPECT_LT(latest, start + 3200ms);
}

TEST(Network, WhatIsHealedStaysSo) {
    Plan plan;
    plan.loss = plan.duplicates = plan.replays = 1'000'000;
    plan.delay_us = 1'000'000;
    Network network{plan};
    network.cut(a, b, start + 1h);
    network.clog(a, b, start + 1h);
    EXPECT_TRUE(network.send(start, a, b).empty());
    EXPECT_TRUE(network.send(start, b, a).empty());
    network.heal();
    for (int i = 0; i < 100; ++i) {
        const auto& arrivals = network.send(start + i * 1s, a, b);
        ASSERT_EQ(arrivals.size(), 1U);
        EXPECT_LT(arrivals[0], start + i * 1s + 100ms);
    }
}

TEST(Network, WhatIsSentAfterHealingDoesNotWaitBehindWhatAClogHolds) {
    Network network{Plan{}};
    network.clog(a, b, start + 1h);
    EXPECT_GT(network.send(start, a, b).at(0), start + 1h);
    network.heal();
    EXPECT_LT(network.send(start + 1ms, a, b).at(0), start + 100ms);
}

TEST(Network, TheSameSeedGivesTheSameWeather) {
    Plan plan;
    plan.reorder = 1;
    plan.loss = plan.duplicates = plan.replays = 100'000;
    Network one{plan}, other{plan};
    plan.seed += 1;
    Network another{plan};
    int differences = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto arrivals = one.send(start, a, b);
        EXPECT_EQ(arrivals, other.send(start, a, b));
        differences += arrivals == another.send(start, a, b) ? 0 : 1;
    }
    EXPECT_GT(differences, 500);
}

}  // namespace
}  // namespace kvbus::sim
