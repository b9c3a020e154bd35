#include "sim/report.h"

#include <algorithm>
#include <filesystem>
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
        "{} seed{}, {:.1f} simulated hours in {:.0f} s: {:.0f} events/s, {:.0f} simulated seconds/s, "
        "{:.0f} per second of one core; {} crashes, {} elections, {} snapshots taken and {} installed, "
        "{} operations acknowledged, {} checked, "
        "traces {:016x}, {} failure{}\n",
        totals.seeds, totals.seeds == 1 ? "" : "s", simulated / 3600, wall,
        static_cast<double>(totals.events) / wall, simulated / wall, simulated / cpu, totals.crashes,
        totals.elections, totals.snapshots_taken, totals.snapshots_installed, totals.acknowledged,
        totals.checked, totals.traces, result.failures.size(), result.failures.size() == 1 ? "" : "s");
}

std::string failures_text(const CampaignResult& result,
                          const std::function<std::string(std::uint64_t)>& command) {
    std::string text;
    for (const Failure& failure : result.failures) {
        const std::string again = command(failure.seed);
        text += fmt::format("seed {} fails: {}\n  again: {}   smaller: {} --shrink\n", failure.seed,
                            failure.text, again, again);
    }
    return text;
}

std::string failing_plan_text(const Plan& plan, std::string_view failure, std::string_view mutant) {
    std::string text = commented(fmt::format("fails: {}", failure));
    if (!mutant.empty()) text += fmt::format("# mutant {}\n", mutant);
    return text + to_text(plan);
}

std::string commented(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        result += fmt::format("# {}\n", line);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return result;
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

namespace {

constexpr std::size_t finding_max = 100;  // characters; more would not be a table

std::string finding_of(const MutantTrial& trial) {
    const auto first_line = [](const std::string& text) {
        return text.substr(0, std::min(text.find('\n'), finding_max));
    };
    switch (trial.verdict) {
        case Verdict::dies:
            return (trial.plan.empty() ? "" : std::filesystem::path{trial.plan}.stem().string() + ": ") +
                   first_line(trial.finding.text);
        case Verdict::survives:
            return "SURVIVES: nothing fails";
        case Verdict::not_shown:
            return fmt::format("NOT SHOWN: seed {} fails without the mutant too: {}", trial.finding.seed,
                               first_line(trial.without_mutant));
        case Verdict::pending:
            return "pending: what it breaks is not built yet, so nothing was run";
    }
    return "";
}

constexpr const char* columns = "{:<40} {:>7} {:>7} {:>8}  {}\n";

}  // namespace

std::string mutants_list() {
    std::string text;
    std::size_t pending = 0;
    for (const auto& mutant : simulated::mutants()) {
        const bool is_pending = mutant.status == simulated::MutantStatus::pending;
        pending += is_pending;
        text += fmt::format("{:<40} {}{}\n", mutant.name, is_pending ? "(pending) " : "", mutant.sentence);
    }
    return text + fmt::format("{} mutants, {} of them pending: what those break is not built yet\n",
                              simulated::mutants().size(), pending);
}

std::string trials_header() {
    return fmt::format(columns, "mutant", "seed", "seeds", "seconds", "finding");
}

std::string trial_row(const MutantTrial& trial) {
    if (trial.verdict == Verdict::pending)
        return fmt::format(columns, trial.mutant.name, "-", "-", "-", finding_of(trial));
    const std::string seed = trial.verdict == Verdict::survives ? "-" : std::to_string(trial.finding.seed);
    const double seconds = std::chrono::duration<double>(trial.result.wall).count();
    return fmt::format(columns, trial.mutant.name, seed, trial.result.totals.seeds,
                       fmt::format("{:.1f}", seconds), finding_of(trial));
}

std::string trials_line(std::span<const MutantTrial> trials) {
    const auto count = [&](Verdict verdict) {
        return std::ranges::count(trials, verdict, &MutantTrial::verdict);
    };
    const auto not_shown = count(Verdict::not_shown);
    return fmt::format("{} die, {} pending, {} survive{}\n", count(Verdict::dies), count(Verdict::pending),
                       count(Verdict::survives),
                       not_shown == 0 ? "" : fmt::format(", {} not shown", not_shown));
}

}  // namespace kvbus::sim
