#include "sim/report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "simulated/sometimes.h"

namespace kvbus::sim {

std::string figures_line(const CampaignResult& result) {
    const Totals& totals = result.totals;
    const auto seconds = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e9; };
    const double wall = std::max(1e-9, std::chrono::duration<double>(result.wall).count());
    const double cpu = std::max(1e-9, seconds(totals.cpu_ns));
    const double simulated = seconds(totals.simulated_ns);
    return fmt::format(
        "{} seeds, {:.1f} simulated hours in {:.0f} s: {:.0f} events/s, {:.0f} simulated seconds/s, {:.0f} "
        "per second of "
        "one core; {} crashes, {} elections, {} operations acknowledged, {} checked, traces {:016x}, {} "
        "failures\n",
        totals.seeds, simulated / 3600, wall, static_cast<double>(totals.events) / wall, simulated / wall,
        simulated / cpu, totals.crashes, totals.elections, totals.acknowledged, totals.checked, totals.traces,
        result.failures.size());
}

std::string failures_text(const CampaignResult& result, const std::string& options) {
    std::string text;
    for (const Failure& failure : result.failures) {
        text += fmt::format(
            "seed {} fails: {}\n  again: kvsim --seed {}{}   smaller: kvsim --seed {}{} --shrink\n",
            failure.seed, failure.text, failure.seed, options, failure.seed, options);
    }
    return text;
}

std::string coverage_table(const CampaignResult& result) {
    std::vector<std::pair<std::uint64_t, std::string_view>> rows;
    const auto states = simulated::rare_states();
    for (std::size_t i = 0; i < states.size(); ++i)
        rows.emplace_back(result.rare_states[i], states[i].name);
    std::ranges::sort(rows);
    std::string text;
    for (const auto& [times, name] : rows)
        text += fmt::format("{:>12}  {}\n", times, name);
    return text;
}

std::uint64_t never_reached(const CampaignResult& result) {
    return static_cast<std::uint64_t>(std::ranges::count(result.rare_states, 0U));
}

}  // namespace kvbus::sim
