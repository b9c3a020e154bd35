#include "sim/shared_state.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "sim/workers.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

TEST(SharedState, SumsWhatAllWorkersReport) {
    const SharedMemory memory;
    auto& reports = (*memory).reports;
    reports[0].add({.seeds = 1, .events = 10, .traces = 3});
    reports[0].add({.seeds = 1, .events = 20, .traces = 4});
    reports[63].add({.seeds = 1, .events = 5, .traces = 5});
    reports[0].rare_states[1] = 2;
    reports[63].rare_states[1] = 3;
    const Totals totals = sum_of_totals(reports);
    EXPECT_EQ(totals.seeds, 3U);
    EXPECT_EQ(totals.events, 35U);
    EXPECT_EQ(totals.traces, 12U);
    EXPECT_EQ(totals.crashes, 0U);
    EXPECT_EQ(sum_of_rare_states(reports, 3), (std::vector<std::uint64_t>{0, 5, 0}));
}

TEST(SharedState, KeepsTheBeginningOfALongFailure) {
    const SharedMemory memory;
    WorkerReport& report = (*memory).reports[0];
    const std::string text(2 * report.failure.size(), 'x');
    report.fail(7, text);
    EXPECT_EQ(report.has_failed, 1U);
    EXPECT_EQ(report.failed_seed, 7U);
    EXPECT_EQ(std::string{report.failure.data()}, text.substr(0, report.failure.size() - 1));
}

TEST(Workers, SayOfEachProcessWhetherItCameToItsEnd) {
    const SharedMemory memory;
    Workers workers;
    workers.start([&] { (*memory).reports[0].add({.seeds = 1}); });
    workers.start([] {
        std::fputs("it went wrong\n", stderr);
        std::quick_exit(1);
    });
    std::vector<bool> orderly(2);
    while (workers.any_runs())
        workers.wait(10s, [&](std::size_t worker, bool is_orderly) { orderly[worker] = is_orderly; });
    EXPECT_EQ(orderly, (std::vector<bool>{true, false}));
    EXPECT_EQ(workers.printed(0), "");
    EXPECT_EQ(workers.printed(1), "it went wrong\n");
    EXPECT_EQ((*memory).reports[0].totals[0], 1U) << "what a process writes there, its parent reads";
}

}  // namespace
}  // namespace kvbus::sim
