#include "sim/options.h"

#include <algorithm>
#include <thread>

#include <CLI/CLI.hpp>

#include "sim/number.h"

namespace kvbus::sim {
namespace {

constexpr std::uint64_t seed_max = 1'000'000'000'000;  // as in the text of a plan

constexpr const char* purpose =
    "A kvbus cluster in a box: one seed decides everything, and everything promised is checked. Without\n"
    "--seed or --seeds it begins at a random seed and goes on until --minutes or --minimum-sim-hours;\n"
    "with a mutant it begins at seed 1. A seed that fails is made smaller, and its smallest plan printed.";

constexpr const char* exit_statuses =
    "Exit status:\n"
    "  0    nothing fails; with --mutant or --mutants: each is found, and the same plan passes without it\n"
    "  1    something fails, or less was run than asked for; with a mutant: one is not found\n"
    "  2    cannot be told: the mutant is pending, that is, what it breaks is not built yet\n"
    "  3    a file, a seed, a field or a mutant that does not exist or makes no sense\n"
    "  128  options that do not exist or do not go together\n";

std::uint64_t parse_seed(std::string_view text) {
    const auto seed = number_in(text);
    if (!seed || *seed > seed_max)
        throw BadInput{"'" + std::string{text} + "' is no seed: a number up to " + std::to_string(seed_max)};
    return *seed;
}

std::pair<std::string, std::uint64_t> parse_setting(std::string_view text) {
    const auto equals = text.find('=');
    const auto value = equals == std::string_view::npos ? std::nullopt : number_in(text.substr(equals + 1));
    if (!value) throw BadInput{"--set: '" + std::string{text} + "' is not FIELD=NUMBER"};
    return {std::string{text.substr(0, equals)}, *value};
}

// The words of the command line before they are understood.
struct Words {
    std::string seed;
    std::string seeds;
    std::vector<std::string> settings;
};

// For each option those that contradict it, or that it would leave out in silence.
const std::pair<const char*, std::vector<const char*>> not_together[] = {
    {"--seed", {"--seeds", "--replay", "--mutants"}},
    {"--seeds", {"--shrink", "--plan"}},
    {"--replay", {"--minutes", "--minimum-sim-hours", "--coverage", "--mutants"}},
    {"--minutes", {"--shrink", "--plan"}},
    {"--minimum-sim-hours", {"--shrink", "--plan", "--mutant", "--mutants"}},
    {"--mutant", {"--mutants", "--coverage", "--plan"}},
    {"--mutants", {"--shrink", "--coverage", "--plan"}},
    {"--shrink", {"--plan", "--coverage", "--no-shrink"}},
    {"--plan", {"--coverage", "--no-shrink"}},
};

std::size_t options_given(const CLI::App& app) {
    return static_cast<std::size_t>(std::ranges::count_if(
        app.get_options(), [](const CLI::Option* option) { return option->count() > 0; }));
}

void forbid_contradictions(const CLI::App& app, const Options& options) {
    for (const auto& [name, others] : not_together)
        for (const char* other : others)
            if (app.count(name) > 0 && app.count(other) > 0)
                throw BadUsage{std::string{name} + " and " + other + " do not go together"};
    if (!options.history.empty() && options_given(app) > 0)
        throw BadUsage{"'check' takes a file and no option"};
    if (options.list_mutants && options_given(app) > 1)
        throw BadUsage{"--list-mutants goes with no other option"};
}

void demand_something_to_do(const CLI::App& app, const Options& options) {
    for (const auto& [name, word] : {std::pair{"--replay", &options.replay}, {"--mutant", &options.mutant}})
        if (app.count(name) > 0 && word->empty()) throw BadUsage{std::string{name} + " needs a word"};
    if (app.count("--plans") > 0 && !options.all_mutants) throw BadUsage{"--plans goes with --mutants"};
    if ((options.shrink || options.print_plan) && options.replay.empty() && app.count("--seed") == 0)
        throw BadUsage{"--shrink and --plan are about one plan: add --seed or --replay"};
    const bool has_end = options.seeds || options.minutes || options.hours_min || !options.replay.empty() ||
                         !options.mutant.empty() || options.all_mutants || options.list_mutants ||
                         !options.history.empty();
    if (!has_end) throw BadUsage{"say what to run: --seed, --seeds, --minutes or --minimum-sim-hours"};
}

void add_options(CLI::App& app, Options& options, Words& words) {
    // Beyond that a time in nanoseconds does not fit its type; below it nothing would run.
    const CLI::Validator length{
        [](const std::string& text) {
            double value = 0;
            const bool is_good = CLI::detail::lexical_cast(text, value) && value >= 1e-6 && value <= 1e6;
            return is_good ? "" : "'" + text + "' is not between 0.000001 and 1000000";
        },
        "", "length"};
    app.add_option("--seed", words.seed, "Run this seed")->type_name("SEED");
    app.add_option("--seeds", words.seeds, "Run these: A..B")->type_name("A..B");
    app.add_option("--minutes", options.minutes,
                   "Begin no further seed after so many minutes (of each mutant)")
        ->type_name("N")
        ->check(length);
    app.add_option("--minimum-sim-hours", options.hours_min,
                   "Run until so much is simulated; less is a failure")
        ->type_name("N")
        ->check(length);
    app.add_option("--replay", options.replay,
                   "Run the plan in this file; with --seeds: once with each of them")
        ->type_name("FILE");
    app.add_option("--set", words.settings, "Change a field of every plan")
        ->type_name("FIELD=NUMBER")
        ->take_all();
    app.add_option("--mutant", options.mutant, "Run with this bug built in: is it found?")->type_name("NAME");
    app.add_flag("--mutants", options.all_mutants, "All mutants, one after the other");
    app.add_option("--plans", options.plans,
                   "With --mutants: first the plans in DIR that name the mutant, each with 100 seeds")
        ->type_name("DIR");
    app.add_flag("--list-mutants", options.list_mutants,
                 "Print what each mutant does wrong, and run nothing");
    app.add_flag("--shrink", options.shrink, "Print the smallest plan that fails the same way");
    app.add_flag("--no-shrink", options.no_shrink, "Do not make a seed that fails smaller");
    app.add_flag("--coverage", options.coverage,
                 "Print how often rare states were reached; one that was not is a failure");
    app.add_flag("--plan", options.print_plan, "Print the plan, and do not run it");
    options.jobs = std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
    app.add_option("--jobs", options.jobs, "Processes, up to 64")
        ->type_name("N")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    CLI::App* check = app.add_subcommand("check", "Is a history linearizable?");
    check->add_option("FILE", options.history, "JSON lines")->required();
    app.footer(exit_statuses);
}

}  // namespace

SeedRange parse_seeds(std::string_view text) {
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) throw BadInput{"--seeds: '" + std::string{text} + "' is not A..B"};
    const SeedRange range{parse_seed(text.substr(0, dots)), parse_seed(text.substr(dots + 2))};
    if (range.last < range.first) throw BadInput{"--seeds: " + std::string{text} + " has no seed in it"};
    return range;
}

Options parse_options(std::vector<std::string> arguments) {
    Options options;
    Words words;
    CLI::App app{purpose, "kvsim"};
    add_options(app, options, words);
    try {
        std::ranges::reverse(arguments);  // as CLI11 wants them
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        options.help = app.help();
        return options;
    } catch (const CLI::ParseError& error) {
        throw BadUsage{error.what()};
    }
    if (app.count("--seeds") > 0) options.seeds = parse_seeds(words.seeds);
    if (app.count("--seed") > 0) options.seeds = SeedRange{parse_seed(words.seed), parse_seed(words.seed)};
    for (const std::string& setting : words.settings)
        options.settings.push_back(parse_setting(setting));
    forbid_contradictions(app, options);
    demand_something_to_do(app, options);
    return options;
}

}  // namespace kvbus::sim
