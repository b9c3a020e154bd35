// kvsim: runs a whole cluster in one thread with a virtual clock, under faults drawn from a seed, and checks
// what kvbus promises.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/random.h"
#include "linearizability/run_check.h"
#include "sim/campaign.h"
#include "sim/number.h"
#include "sim/report.h"
#include "sim/shrink.h"
#include "simulated/mutants.h"

namespace {

using namespace kvbus;
using namespace kvbus::sim;

// As linearizability::run_check.
constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_bad_input = 3;
constexpr int exit_arguments = 128;

struct Options {
    std::optional<std::uint64_t> seed;
    std::string seeds;
    std::optional<double> minutes;
    std::optional<double> hours_min;
    std::string replay;
    std::string mutant;
    bool all_mutants = false;
    bool shrink = false;
    bool coverage = false;
    bool print_plan = false;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::string> settings;
    std::string history;  // of `check`
};

struct BadInput {
    std::string message;
};

std::uint64_t wanted_number_in(std::string_view text) {
    const auto number = number_in(text);
    if (!number) throw BadInput{"'" + std::string{text} + "' is not a number"};
    return *number;
}

std::pair<std::uint64_t, std::uint64_t> seeds_of(const Options& options) {
    if (options.seed) return {*options.seed, *options.seed};
    if (!options.seeds.empty()) {
        const auto dots = options.seeds.find("..");
        if (dots == std::string::npos) throw BadInput{"--seeds: '" + options.seeds + "' is not A..B"};
        const auto first = wanted_number_in(options.seeds.substr(0, dots));
        const auto last = wanted_number_in(options.seeds.substr(dots + 2));
        if (last < first) throw BadInput{"--seeds: " + options.seeds + " has no seed in it"};
        return {first, last};
    }
    if (!options.mutant.empty() || options.all_mutants) return {1, 100'000};
    return {1 + random_seed() % 1'000'000'000'000, std::numeric_limits<std::uint64_t>::max()};
}

Plan changed(Plan plan, const std::vector<std::string>& settings) {
    for (const std::string& setting : settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos ||
            !set_field(plan, setting.substr(0, equals), wanted_number_in(setting.substr(equals + 1))))
            throw BadInput{"--set: '" + setting +
                           "' is not FIELD=NUMBER; kvsim --seed 1 --plan shows the fields"};
    }
    if (const std::string wrong = contradiction_in(plan); !wrong.empty()) throw BadInput{"--set: " + wrong};
    return plan;
}

Campaign campaign_of(const Options& options) {
    const auto [first, last] = seeds_of(options);
    Campaign campaign{.first = first, .last = last, .jobs = options.jobs};
    (void)changed(draw_plan(first), options.settings);  // complains here, not in a worker
    campaign.plan = [settings = options.settings](std::uint64_t seed) {
        return changed(draw_plan(seed), settings);
    };
    if (options.minutes) campaign.wall_max = Duration{static_cast<std::int64_t>(*options.minutes * 6e10)};
    if (options.hours_min && options.seeds.empty() && !options.minutes)
        campaign.simulated_max = Duration{static_cast<std::int64_t>(*options.hours_min * 3.6e12)};
    return campaign;
}

Mutant mutant_of(const std::string& name) {
    if (name.empty()) return Mutant::none;
    const auto mutant = simulated::mutant_named(name);
    if (!mutant) throw BadInput{"--mutant: no mutant is called '" + name + "'; kvsim --mutants names all"};
    return *mutant;
}

std::string options_text(const Options& options) {
    std::string text;
    for (const std::string& setting : options.settings)
        text += " --set " + setting;
    if (!options.mutant.empty()) text += " --mutant " + options.mutant;
    return text;
}

int run_seeds(const Options& options) {
    const Campaign campaign = campaign_of(options);
    const CampaignResult result = run_campaign(campaign);
    std::cout << failures_text(result, options_text(options));
    if (options.coverage) std::cout << coverage_table(result);
    std::cout << figures_line(result);
    if (!result.failures.empty() || result.totals.seeds == 0) return exit_failed;
    if (options.hours_min && static_cast<double>(result.totals.simulated_ns) < *options.hours_min * 3.6e12) {
        std::cout << "that is less than the minimum of " << *options.hours_min << " simulated hours\n";
        return exit_failed;
    }
    if (const auto never = never_reached(result); options.coverage && never > 0) {
        std::cout << never << " rare states were never reached\n";
        return exit_failed;
    }
    return exit_ok;
}

// Whether it is found, as it must be.
bool run_mutant(const Options& options, const simulated::MutantInfo& info) {
    if (info.status == simulated::MutantStatus::pending) {
        std::printf("%-42s pending: what it breaks is not built yet\n", std::string{info.name}.c_str());
        return true;
    }
    Campaign campaign = campaign_of(options);
    campaign.mutant = info.mutant;
    const CampaignResult result = run_campaign(campaign);
    const double seconds = std::chrono::duration<double>(result.wall).count();
    if (result.failures.empty()) {
        std::printf("%-42s SURVIVES %llu seeds, %.1f s\n", std::string{info.name}.c_str(),
                    static_cast<unsigned long long>(result.totals.seeds), seconds);
    } else {
        const Failure& failure = result.failures.front();
        std::printf("%-42s seed %-6llu %6.1f s  %s\n", std::string{info.name}.c_str(),
                    static_cast<unsigned long long>(failure.seed), seconds,
                    failure.text.substr(0, std::min<std::size_t>(failure.text.find('\n'), 100)).c_str());
    }
    std::fflush(stdout);
    return !result.failures.empty();
}

int run_mutants(const Options& options) {
    int survivors = 0;
    for (const auto& info : simulated::mutants())
        survivors += !run_mutant(options, info);
    std::printf("%d mutants survive\n", survivors);
    return survivors == 0 ? exit_ok : exit_failed;
}

Plan plan_of(const Options& options) {
    if (options.replay.empty()) return draw_plan(seeds_of(options).first);
    std::ifstream file{options.replay};
    if (!file) throw BadInput{"--replay: cannot read " + options.replay};
    std::ostringstream text;
    text << file.rdbuf();
    const auto plan = parse_plan(text.str());
    if (!plan.ok()) throw BadInput{options.replay + ": " + plan.error().message};
    return *plan;
}

int run_plan(const Options& options) {
    Plan plan = changed(plan_of(options), options.settings);
    if (options.print_plan) {
        std::cout << to_text(plan);
        return exit_ok;
    }
    const Mutant mutant = mutant_of(options.mutant);
    std::string failure = failure_of(plan, mutant);
    if (failure.empty()) {
        std::cout << "nothing fails\n";
        return exit_ok;
    }
    if (options.shrink) {
        int tries = 0;
        plan = shrink(plan, [&](const Plan& smaller) {
            std::cerr << "\rplan " << ++tries << " " << std::flush;
            return !failure_of(smaller, mutant).empty();
        });
        failure = failure_of(plan, mutant);
        std::cerr << "\r";
        std::cout << to_text(plan);
    }
    std::cout << "# fails: " << failure << "\n";
    return exit_failed;
}

int run(const Options& options) {
    set_log_level(LogLevel::error);
    if (!options.history.empty()) return linearizability::run_check(options.history, std::cout, std::cerr);
    if (options.all_mutants) return run_mutants(options);
    if (!options.replay.empty() || options.shrink || options.print_plan) return run_plan(options);
    if (options.mutant.empty()) return run_seeds(options);
    const Mutant wanted = mutant_of(options.mutant);
    for (const auto& info : simulated::mutants())
        if (info.mutant == wanted) return run_mutant(options, info) ? exit_ok : exit_failed;
    return exit_bad_input;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{
        "A kvbus cluster in a box: one seed decides everything, and everything promised is checked. Without\n"
        "--seed or --seeds it begins at a random seed and goes on until --minutes or --minimum-sim-hours."};
    app.add_option("--seed", options.seed, "Run this seed");
    app.add_option("--seeds", options.seeds, "Run these: A..B");
    app.add_option("--minutes", options.minutes, "Begin no further seed after so many minutes");
    app.add_option("--minimum-sim-hours", options.hours_min,
                   "Run until so much is simulated; less is a failure");
    app.add_option("--replay", options.replay, "Run the plan in this file");
    app.add_option("--set", options.settings, "FIELD=NUMBER changes every plan")->take_all();
    app.add_option("--mutant", options.mutant, "Run with this bug built in; 0 if it is found");
    app.add_flag("--mutants", options.all_mutants, "All mutants, one after the other");
    app.add_flag("--shrink", options.shrink, "Print the smallest plan that still fails");
    app.add_flag("--coverage", options.coverage,
                 "Print how often rare states were reached; one that was not is a failure");
    app.add_flag("--plan", options.print_plan, "Print the plan, and do not run it");
    app.add_option("--jobs", options.jobs, "Processes")->check(CLI::Range(1, 64))->capture_default_str();
    CLI::App* check = app.add_subcommand("check", "Is a history linearizable?");
    check->add_option("FILE", options.history, "JSON lines")->required();
    try {
        app.parse(argc, argv);
        const bool bounded = options.seed || !options.seeds.empty() || options.minutes || options.hours_min ||
                             !options.replay.empty() || !options.mutant.empty() || options.all_mutants ||
                             options.print_plan || check->parsed();
        const bool one_plan = options.seed || !options.replay.empty();
        if ((options.shrink || options.print_plan) && !one_plan)
            throw BadInput{"--shrink and --plan are about one plan: add --seed or --replay"};
        if (options.coverage && (options.shrink || !options.replay.empty() || !options.mutant.empty()))
            throw BadInput{"--coverage goes with --seeds, --minutes or --minimum-sim-hours"};
        if (!bounded)
            throw BadInput{
                "say what to run: --seed, --seeds, --minutes or --minimum-sim-hours; see kvsim --help"};
        return run(options);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return exit_ok;
    } catch (const CLI::ParseError& error) {
        std::cerr << "kvsim: " << error.what() << "; see kvsim --help\n";
        return exit_arguments;
    } catch (const BadInput& bad) {
        std::cerr << "kvsim: " << bad.message << "\n";
        return exit_bad_input;
    }
}
