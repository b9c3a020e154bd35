// kvsim: runs a whole cluster in one thread with a virtual clock, under faults drawn from a seed, and checks
// what kvbus promises. Results go to stdout, and how far it is to stderr.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <span>

#include "base/log.h"
#include "base/random.h"
#include "linearizability/run_check.h"
#include "sim/campaign.h"
#include "sim/kept_plans.h"
#include "sim/mutant_trial.h"
#include "sim/options.h"
#include "sim/report.h"
#include "sim/shrink_by_running.h"
#include "simulated/mutants.h"

namespace {

using namespace std::chrono_literals;
using namespace kvbus;
using namespace kvbus::sim;
using Settings = std::vector<std::pair<std::string, std::uint64_t>>;

constexpr Duration shrink_at_once_max = 120s;
constexpr SeedRange seeds_for_mutants{1, 100'000};
constexpr SeedRange seeds_for_kept_plans{1, 100};

SeedRange seeds_of(const Options& options) {
    if (options.seeds) return *options.seeds;
    if (!options.mutant.empty() || options.all_mutants) return seeds_for_mutants;
    return {1 + random_seed() % 1'000'000'000, std::numeric_limits<std::uint64_t>::max()};
}

Plan changed(Plan plan, const Settings& settings) {
    for (const auto& [field, value] : settings) {
        if (!set_field(plan, field, value))
            throw BadInput{"--set: no field is called '" + field + "'; kvsim --seed 1 --plan shows all"};
    }
    if (const std::string wrong = contradiction_in(plan); !wrong.empty())
        throw BadInput{"--set makes no sense for seed " + std::to_string(plan.seed) + ": " + wrong};
    return plan;
}

// The same plan with other seeds.
Campaign replay(Campaign campaign, const Plan& plan, const SeedRange& seeds) {
    campaign.first = seeds.first;
    campaign.last = seeds.last;
    campaign.plan = [plan](std::uint64_t seed) {
        Plan again = plan;
        again.seed = seed;
        return again;
    };
    return campaign;
}

Campaign campaign_of(const Options& options) {
    Campaign campaign{.jobs = options.jobs};
    if (options.replay.empty()) {
        const SeedRange seeds = seeds_of(options);
        campaign.first = seeds.first;
        campaign.last = seeds.last;
        campaign.plan = [settings = options.settings](std::uint64_t seed) {
            return changed(draw_plan(seed), settings);
        };
        (void)campaign.plan(seeds.first);  // what makes no sense is told here, not by a worker
    } else {
        const Plan plan = changed(read_plan(options.replay), options.settings);
        campaign = replay(campaign, plan, options.seeds.value_or(SeedRange{plan.seed, plan.seed}));
    }
    if (campaign.first == campaign.last) campaign.jobs = 1;
    if (options.minutes) campaign.wall_max = Duration{static_cast<std::int64_t>(*options.minutes * 6e10)};
    if (options.hours_min && !options.seeds && !options.minutes)
        campaign.simulated_max = Duration{static_cast<std::int64_t>(*options.hours_min * 3.6e12)};
    return campaign;
}

simulated::MutantInfo mutant_of(const Options& options) {
    for (const auto& mutant : simulated::mutants())
        if (mutant.name == options.mutant) return mutant;
    throw BadInput{"--mutant: no mutant is called '" + options.mutant + "'; kvsim --list-mutants names all"};
}

std::string command_for(const Options& options, std::uint64_t seed) {
    std::string text =
        "kvsim " + (options.replay.empty() ? "--seed " + std::to_string(seed) : "--replay " + options.replay);
    if (!options.replay.empty() && options.seeds) text += " --set seed=" + std::to_string(seed);
    for (const auto& [field, value] : options.settings)
        text += " --set " + field + "=" + std::to_string(value);
    if (!options.mutant.empty()) text += " --mutant " + options.mutant;
    return text;
}

std::string failures_text_for(const Options& options, const CampaignResult& result) {
    return failures_text(result, [&](std::uint64_t seed) { return command_for(options, seed); });
}

// Of the first seed that failed.
void shrink_at_once(const Options& options, const Campaign& campaign, const CampaignResult& result) {
    const std::uint64_t seed = result.failures.front().seed;
    if (result.failures.front().text.starts_with(hang_text)) {
        std::cerr << "what hangs is made smaller by --shrink only: each try takes minutes\n";
        return;
    }
    std::cerr << "making seed " << seed << " smaller, for " << shrink_at_once_max / 1s
              << " s at most; --no-shrink leaves it out\n";
    const auto shrunk = shrink_by_running(campaign.plan(seed), result, campaign.mutant, shrink_at_once_max);
    std::cout << "# the smallest plan of " << shrunk.plans_tried << " that fails the same way as seed "
              << seed << (shrunk.out_of_time ? "; --shrink may find a smaller one" : "") << "\n"
              << failing_plan_text(shrunk.plan, shrunk.run.failures.front().text, options.mutant);
}

// What was asked for beyond that nothing fails; says what is missing.
bool is_enough(const Options& options, const CampaignResult& result) {
    bool is_enough = true;
    if (result.totals.seeds == 0) {
        std::cout << "no seed was run\n";
        is_enough = false;
    }
    if (options.hours_min && static_cast<double>(result.totals.simulated_ns) < *options.hours_min * 3.6e12) {
        std::cout << "less than the minimum of " << *options.hours_min << " simulated hours was run\n";
        is_enough = false;
    }
    if (const auto never = never_reached(result); options.coverage && never > 0) {
        std::cout << never << " rare states were never reached\n";
        is_enough = false;
    }
    return is_enough;
}

ExitStatus run_plans(const Options& options) {
    const Campaign campaign = campaign_of(options);
    const CampaignResult result = run_campaign(campaign);
    const bool fails = !result.failures.empty();
    for (const Failure& failure : result.failures)
        (void)campaign.plan(failure.seed);  // throws BadInput if that is why
    std::cout << failures_text_for(options, result) << std::flush;
    if (fails && !options.no_shrink && options.replay.empty()) shrink_at_once(options, campaign, result);
    if (options.coverage) std::cout << coverage_table(result);
    const bool enough = fails || is_enough(options, result);
    std::cout << figures_line(result);
    return fails || !enough ? ExitStatus::failed : ExitStatus::ok;
}

ExitStatus status_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::dies:
            return ExitStatus::ok;
        case Verdict::pending:
            return ExitStatus::cannot_tell;
        case Verdict::survives:
        case Verdict::not_shown:
            return ExitStatus::failed;
    }
    return ExitStatus::failed;
}

ExitStatus run_mutant(const Options& options) {
    const MutantTrial trial = try_mutant(campaign_of(options), mutant_of(options));
    std::cout << trials_header() << trial_row(trial);
    if (trial.verdict != Verdict::pending)
        std::cout << failures_text_for(options, trial.result) << figures_line(trial.result);
    return status_of(trial.verdict);
}

// To stdout a plan that --replay takes.
void print_shrunk(const Options& options, const Campaign& campaign, const CampaignResult& result) {
    const Plan plan = campaign.plan(campaign.first);
    const auto shrunk = shrink_by_running(plan, result, campaign.mutant, never - Instant{});
    std::cout << failing_plan_text(shrunk.plan, shrunk.run.failures.front().text, options.mutant)
              << commented(figures_line(shrunk.run));
}

ExitStatus shrink_plan(const Options& options) {
    const Campaign campaign = campaign_of(options);
    const CampaignResult result = run_campaign(campaign);
    if (result.failures.empty()) {
        std::cout << "# nothing fails\n" << commented(figures_line(result));
        return ExitStatus::ok;
    }
    print_shrunk(options, campaign, result);
    return ExitStatus::failed;
}

ExitStatus shrink_plan_with_mutant(const Options& options) {
    Campaign campaign = campaign_of(options);
    const MutantTrial trial = try_mutant(campaign, mutant_of(options));
    campaign.mutant = trial.mutant.mutant;
    if (trial.verdict == Verdict::dies)
        print_shrunk(options, campaign, trial.result);
    else
        std::cout << commented(trials_header() + trial_row(trial));
    return status_of(trial.verdict);
}

// By the plans that are kept for it, and if none of them finds it, by the drawn ones.
MutantTrial try_mutant(const Campaign& campaign, const simulated::MutantInfo& mutant,
                       std::span<const KeptPlan> kept) {
    for (const KeptPlan& plan : kept) {
        if (plan.mutant != mutant.name) continue;
        MutantTrial trial = try_mutant(replay(campaign, plan.plan, seeds_for_kept_plans), mutant);
        trial.plan = plan.file;
        if (trial.verdict != Verdict::survives) return trial;
    }
    return try_mutant(campaign, mutant);
}

ExitStatus run_mutants(const Options& options) {
    const Campaign campaign = campaign_of(options);
    const auto kept = options.plans.empty() ? std::vector<KeptPlan>{} : read_kept_plans(options.plans);
    std::vector<MutantTrial> trials;
    std::cout << trials_header() << std::flush;
    for (const auto& mutant : simulated::mutants()) {
        trials.push_back(try_mutant(campaign, mutant, kept));
        std::cout << trial_row(trials.back()) << std::flush;
    }
    std::cout << trials_line(trials);
    const bool all_found = std::ranges::all_of(trials, [](const MutantTrial& trial) {
        return trial.verdict == Verdict::dies || trial.verdict == Verdict::pending;
    });
    return all_found ? ExitStatus::ok : ExitStatus::failed;
}

ExitStatus print(std::string_view text) {
    std::cout << text;
    return ExitStatus::ok;
}

ExitStatus print_plan(const Options& options) {
    const Campaign campaign = campaign_of(options);
    return print(to_text(campaign.plan(campaign.first)));
}

ExitStatus run(const Options& options) {
    set_log_level(LogLevel::error);
    if (!options.help.empty()) return print(options.help);
    if (options.list_mutants) return print(mutants_list());
    if (options.print_plan) return print_plan(options);
    if (options.shrink)
        return options.mutant.empty() ? shrink_plan(options) : shrink_plan_with_mutant(options);
    if (options.all_mutants) return run_mutants(options);
    if (!options.mutant.empty()) return run_mutant(options);
    return run_plans(options);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse_options({argv + 1, argv + argc});
        if (!options.history.empty())
            return linearizability::run_check(options.history, std::cout, std::cerr);
        return static_cast<int>(run(options));
    } catch (const BadUsage& bad) {
        std::cerr << "kvsim: " << bad.what() << "; see kvsim --help\n";
        return static_cast<int>(ExitStatus::bad_usage);
    } catch (const BadInput& bad) {
        std::cerr << "kvsim: " << bad.what() << "\n";
        return static_cast<int>(ExitStatus::bad_input);
    }
}
