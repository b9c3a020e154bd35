#include "sim/campaign.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <span>

#include <fmt/format.h>

#include "base/clock.h"
#include "sim/progress.h"
#include "sim/run.h"
#include "sim/shared_state.h"
#include "sim/workers.h"
#include "simulated/mutants.h"
#include "simulated/sometimes.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

Totals totals_of(const Figures& figures, Duration cpu) {
    return {.seeds = 1,
            .events = figures.events,
            .simulated_ns = static_cast<std::uint64_t>(figures.simulated.count()),
            .cpu_ns = static_cast<std::uint64_t>(cpu.count()),
            .crashes = figures.crashes,
            .elections = figures.elections,
            .snapshots_taken = figures.snapshots_taken,
            .snapshots_installed = figures.snapshots_installed,
            .acknowledged = figures.acknowledged,
            .checked = figures.checked,
            .traces = figures.trace};
}

// Of a run that did not come to its end, and therefore counted nothing.
void fail_unfinished(WorkerReport& report, const std::string& text) {
    report.add({.seeds = 1});
    report.fail(report.seed, text);
}

void run_seed(std::uint64_t seed, const Campaign& campaign, SharedState& shared, WorkerReport& report) {
    const Duration cpu_before = process_cpu_time();
    const RunResult result = run(campaign.plan(seed));
    report.add(totals_of(result.figures, process_cpu_time() - cpu_before));
    shared.simulated_ns += static_cast<std::uint64_t>(result.figures.simulated.count());
    const auto states = simulated::rare_states();
    for (std::size_t i = 0; i < states.size(); ++i)
        report.rare_states[i] = simulated::times_reached(states[i].state);
    if (result.failure) report.fail(seed, *result.failure);
}

// What one worker does.
void take_seeds(const Campaign& campaign, SharedState& shared, WorkerReport& report, Instant end) {
    simulated::set_mutant(campaign.mutant);
    simulated::forget_times_reached();
    while (shared.stop == 0 && monotonic_now() < end) {
        if (shared.simulated_ns >= static_cast<std::uint64_t>(campaign.simulated_max.count())) return;
        const std::uint64_t seed = shared.next_seed++;
        if (seed > campaign.last || seed < campaign.first) return;
        report.seed = seed;
        report.begun_at = static_cast<std::uint64_t>(monotonic_now().time_since_epoch().count());
        try {
            run_seed(seed, campaign, shared, report);
        } catch (const std::exception& error) {
            fail_unfinished(report, error.what());
        }
        if (report.has_failed != 0) shared.stop = 1;
    }
}

void kill_hanging(const Workers& workers, std::span<WorkerReport> reports, Duration hang_after) {
    for (std::size_t i = 0; i < reports.size(); ++i) {
        WorkerReport& report = reports[i];
        const Instant begun{Duration{static_cast<std::int64_t>(report.begun_at.load())}};
        if (!workers.runs(i) || report.begun_at == 0 || monotonic_now() - begun < hang_after) continue;
        workers.kill(i);
        fail_unfinished(report, fmt::format("{}: no end after {} s", hang_text, hang_after / 1s));
    }
}

std::string progress_line(const Totals& totals, Duration wall) {
    return fmt::format("{} seeds, {:.1f} simulated hours, {} s", totals.seeds,
                       static_cast<double>(totals.simulated_ns) / 3.6e12, wall / 1s);
}

CampaignResult result_of(std::span<const WorkerReport> reports, Duration wall) {
    CampaignResult result{.totals = sum_of_totals(reports),
                          .rare_states = sum_of_rare_states(reports, simulated::rare_states().size()),
                          .failures = {},
                          .wall = wall};
    for (const WorkerReport& report : reports)
        if (report.has_failed != 0) result.failures.push_back({report.failed_seed, report.failure.data()});
    std::ranges::sort(result.failures, {}, &Failure::seed);
    return result;
}

}  // namespace

std::string text_of_abort(std::string_view printed) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const auto letter = printed.find_first_of(letters);
    if (letter == std::string_view::npos) return "the process aborted, and printed nothing";
    const auto line_before = printed.rfind('\n', letter);
    printed.remove_prefix(line_before == std::string_view::npos ? 0 : line_before + 1);
    printed.remove_suffix(printed.size() - 1 - printed.find_last_not_of('\n'));
    return fmt::format("the process aborted: {}", printed);
}

CampaignResult run_campaign(const Campaign& campaign) {
    const SharedMemory memory;
    SharedState& shared = *memory;
    shared.next_seed = campaign.first;
    const auto reports =
        std::span(shared.reports).first(std::clamp<std::size_t>(campaign.jobs, 1, workers_max));
    const Instant begin = monotonic_now();
    const Instant end = campaign.wall_max >= never - begin ? never : begin + campaign.wall_max;

    Workers workers;
    for (WorkerReport& report : reports)
        workers.start([&] { take_seeds(campaign, shared, report, end); });
    Progress progress(campaign.show_progress);
    while (workers.any_runs()) {
        workers.wait(500ms, [&](std::size_t i, bool orderly) {
            WorkerReport& report = reports[i];
            const std::string printed = workers.printed(i);
            if (orderly)
                std::fputs(printed.c_str(), stderr);
            else if (report.has_failed == 0)
                fail_unfinished(report, text_of_abort(printed));
            if (report.has_failed != 0) shared.stop = 1;
        });
        kill_hanging(workers, reports, campaign.hang_after);
        progress.show(progress_line(sum_of_totals(reports), monotonic_now() - begin));
    }
    return result_of(reports, monotonic_now() - begin);
}

CampaignResult run_one(const Plan& plan, Mutant mutant, Duration hang_after) {
    return run_campaign({.first = plan.seed,
                         .last = plan.seed,
                         .plan = [&](std::uint64_t) { return plan; },
                         .hang_after = hang_after,
                         .jobs = 1,
                         .mutant = mutant,
                         .show_progress = false});
}

std::string failure_of(const Plan& plan, Mutant mutant, Duration hang_after) {
    const auto result = run_one(plan, mutant, hang_after);
    return result.failures.empty() ? "" : result.failures.front().text;
}

}  // namespace kvbus::sim
