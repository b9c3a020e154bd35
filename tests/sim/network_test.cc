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
constexpr Instant origin{};

// --- agenda ------------------------------------------------------------------------------------------------

TEST(Agenda, ThingsHappenInTheOrderOfTimeAndThenInThatOfTheirEntry) {
    Agenda agenda;
    std::string order;
    agenda.at(origin + 2ms, [&] { order += 'c'; });
    agenda.at(origin + 1ms, [&] { order += 'a'; });
    agenda.at(origin + 2ms, [&] { order += 'd'; });
    agenda.at(origin + 1ms, [&] { order += 'b'; });
    while (agenda.run_next(origin + 1s)) {
    }
    EXPECT_EQ(order, "abcd");
    EXPECT_EQ(agenda.events(), 4U);
}

TEST(Agenda, ManyEntriesComeOutSorted) {
    Agenda agenda;
    Random dice{7};
    std::vector<std::pair<Instant, int>> happened;
    for (int number = 0; number < 1000; ++number) {
        const Instant due = origin + std::chrono::milliseconds{dice.below(50)};
        agenda.at(due, [&happened, &agenda, number] { happened.emplace_back(agenda.now(), number); });
    }
    while (agenda.run_next(origin + 1s)) {
    }
    EXPECT_EQ(happened.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(happened));
}

TEST(Agenda, TheClockStandsAtWhatHappensAndAtTheEndWhenNothingDoes) {
    Agenda agenda;
    Instant seen;
    agenda.after(5ms, [&] { seen = agenda.now(); });
    EXPECT_FALSE(agenda.run_next(origin + 4ms));
    EXPECT_EQ(agenda.now(), origin + 4ms);
    EXPECT_TRUE(agenda.run_next(origin + 10ms));
    EXPECT_EQ(seen, origin + 5ms);
    EXPECT_EQ(agenda.now(), origin + 5ms);
    EXPECT_FALSE(agenda.run_next(origin + 10ms));
    EXPECT_EQ(agenda.now(), origin + 10ms);
}

TEST(Agenda, WhatWasDueBeforeHappensNowAndTheClockNeverGoesBack) {
    Agenda agenda;
    (void)agenda.run_next(origin + 10ms);
    Instant seen;
    agenda.at(origin + 1ms, [&] { seen = agenda.now(); });
    EXPECT_TRUE(agenda.run_next(origin + 20ms));
    EXPECT_EQ(seen, origin + 10ms);
}

TEST(Agenda, WhatHappensMayPutDownMore) {
    Agenda agenda;
    std::string order;
    agenda.at(origin + 1ms, [&] {
        order += 'a';
        agenda.after(0ms, [&] { order += 'c'; });
    });
    agenda.at(origin + 1ms, [&] { order += 'b'; });
    while (agenda.run_next(origin + 1s)) {
    }
    EXPECT_EQ(order, "abc");
}

// --- network -----------------------------------------------------------------------------------------------

TEST(Network, ACalmOneLosesAndRepeatsNothing) {
    Network network{Plan{}};
    for (int i = 0; i < 1000; ++i) {
        const auto& arrivals = network.send(origin, a, b);
        ASSERT_EQ(arrivals.size(), 1U);
        EXPECT_GT(arrivals[0], origin);
        EXPECT_LT(arrivals[0], origin + 100ms);
    }
}

TEST(Network, ACutLosesWhatIsSentInItsDirectionUntilItEnds) {
    Network network{Plan{}};
    network.cut(a, b, origin + 1s);
    EXPECT_TRUE(network.send(origin, a, b).empty());
    EXPECT_TRUE(network.send(origin + 999ms, a, b).empty());
    EXPECT_EQ(network.send(origin, b, a).size(), 1U);
    EXPECT_EQ(network.send(origin, a, c).size(), 1U);
    EXPECT_EQ(network.send(origin + 1s, a, b).size(), 1U);
}

TEST(Network, ALaterCutDoesNotEndALongerOne) {
    Network network{Plan{}};
    network.cut(a, b, origin + 2s);
    network.cut(a, b, origin + 1s);
    EXPECT_TRUE(network.send(origin + 1500ms, a, b).empty());
}

TEST(Network, AClogDelaysAndLosesNothing) {
    Network network{Plan{}};
    network.clog(a, b, origin + 1s);
    for (int i = 0; i < 100; ++i) {
        const auto& clogged = network.send(origin + i * 1ms, a, b);
        ASSERT_EQ(clogged.size(), 1U);
        EXPECT_GT(clogged[0], origin + 1s);
        EXPECT_LT(clogged[0], origin + 1100ms);
    }
    EXPECT_LT(network.send(origin, b, a).at(0), origin + 100ms);
    EXPECT_LT(network.send(origin + 2s, a, b).at(0), origin + 2100ms);
}

// How many of the messages on a link arrive before one that was sent earlier.
int overtaking(Plan plan) {
    plan.delay_us = 20'000;
    Network network{plan};
    Instant latest = origin;
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
        const Instant arrival = network.send(origin + i * 1ms, a, b).at(0);
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
        const Instant bulk = network.send(origin, a, b, node::Lane::bulk).at(0);
        EXPECT_LT(network.send(origin, a, b).at(0), origin + 100ms);
        slow += bulk > origin + 300ms ? 1 : 0;
    }
    EXPECT_GT(slow, 90) << "also since each waits for the one before";
    network.heal();
    EXPECT_LT(network.send(origin, a, b, node::Lane::bulk).at(0), origin + 100ms);
}

TEST(Network, LossesAreAsFrequentAsThePlanSays) {
    Plan plan;
    plan.loss = 300'000;
    Network network{plan};
    int arrived = 0;
    for (int i = 0; i < 10'000; ++i)
        arrived += static_cast<int>(network.send(origin, a, b).size());
    EXPECT_NEAR(arrived, 7'000, 300);
}

TEST(Network, ADuplicateComesSoonAndAReplayUpToThreeSecondsLate) {
    Plan twice;
    twice.duplicates = 1'000'000;
    Network duplicating{twice};
    const auto duplicates = duplicating.send(origin, a, b);
    ASSERT_EQ(duplicates.size(), 2U);
    EXPECT_GT(duplicates[1], duplicates[0]);

    Plan late;
    late.replays = 1'000'000;
    Network replaying{late};
    Instant latest = origin;
    for (int i = 0; i < 100; ++i) {
        const auto& replays = replaying.send(origin, a, b);
        ASSERT_EQ(replays.size(), 2U);
        EXPECT_GE(replays[1], replays[0]);
        latest = std::max(latest, replays[1]);
    }
    EXPECT_GT(latest, origin + 2s);
    EXPECT_LT(latest, origin + 3200ms);
}

TEST(Network, WhatIsHealedStaysSo) {
    Plan plan;
    plan.loss = plan.duplicates = plan.replays = 1'000'000;
    plan.delay_us = 1'000'000;
    Network network{plan};
    network.cut(a, b, origin + 1h);
    network.clog(a, b, origin + 1h);
    EXPECT_TRUE(network.send(origin, a, b).empty());
    EXPECT_TRUE(network.send(origin, b, a).empty());
    network.heal();
    for (int i = 0; i < 100; ++i) {
        const auto& arrivals = network.send(origin + i * 1s, a, b);
        ASSERT_EQ(arrivals.size(), 1U);
        EXPECT_LT(arrivals[0], origin + i * 1s + 100ms);
    }
}

TEST(Network, WhatIsSentAfterHealingDoesNotWaitBehindWhatAClogHolds) {
    Network network{Plan{}};
    network.clog(a, b, origin + 1h);
    EXPECT_GT(network.send(origin, a, b).at(0), origin + 1h);
    network.heal();
    EXPECT_LT(network.send(origin + 1ms, a, b).at(0), origin + 100ms);
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
        const auto arrivals = one.send(origin, a, b);
        EXPECT_EQ(arrivals, other.send(origin, a, b));
        differences += arrivals == another.send(origin, a, b) ? 0 : 1;
    }
    EXPECT_GT(differences, 500);
}

}  // namespace
}  // namespace kvbus::sim
