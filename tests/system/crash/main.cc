// crash_test: kills the nodes of a real cluster again and again under constant writes, and then looks for
// every acknowledged write on every node.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "linearizability/history_file.h"
#include "system/crash/audit.h"
#include "system/crash/load.h"
#include "system/crash/rounds.h"
#include "system/harness/cluster.h"
#include "system/harness/program.h"
#include "system/harness/table.h"

namespace {

using namespace kvbus;
using namespace kvbus::crash;

struct Options {
    int rounds = 100;
    int everyone_every = 10;
    std::uint32_t writers = 10;
    std::uint64_t seed = 0;
    std::string dir;
    std::string history;
};

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{
        "Kills nodes of a three-node cluster under constant writes and checks that nothing is lost."};
    app.add_option("--rounds", options.rounds, "Rounds of kill -9 and restart")->capture_default_str();
    app.add_option("--everyone-every", options.everyone_every,
                   "Kill all three nodes at once every so many rounds")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--writers", options.writers, "Concurrent writers")
        ->check(CLI::Range(1, 900))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "Of the choice of victims and operations (default: random)");
    app.add_option("--dir", options.dir,
                   "Where data and logs go while it runs (default: the temporary directory)");
    app.add_option("--history", options.history, "Write all operations to this file, as JSON lines");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    if (options.seed == 0) options.seed = random_seed();
    return std::nullopt;
}

// Every tenth round all nodes; of the others every second one the leader.
Rounds::Victim victim_of(int round, const Options& options) {
    if (round % options.everyone_every == 0) return Rounds::Victim::everyone;
    return round % 2 == 1 ? Rounds::Victim::leader : Rounds::Victim::follower;
}

std::string names(const Rounds::Report& report) {
    std::string text;
    for (const int node : report.killed)
        text += harness::Cluster::name(node) + " ";
    return text + (report.led ? "(leader)" : "");
}

void print_summary(const Totals& totals, std::size_t ordered, std::vector<Duration> failovers,
                   Duration elapsed, const harness::Violations& violations) {
    harness::print_rows({
        {"acknowledged writes", std::to_string(totals.acknowledged)},
        {"unknown writes", std::to_string(totals.unknown)},
        {"refused writes", std::to_string(totals.failed)},
        {"reads", std::to_string(totals.reads)},
        {"reads without an answer", std::to_string(totals.reads_failed)},
        {"operations on hot keys, put in order", std::to_string(ordered)},
        {"kills of the leader alone", std::to_string(failovers.size())},
        {"  to the next write, median", harness::milliseconds_text(harness::median(failovers))},
        {"  to the next write, longest",
         harness::milliseconds_text(failovers.empty() ? Duration{} : *std::ranges::max_element(failovers))},
        {"time", std::to_string(to_milliseconds(elapsed) / 1000) + " s"},
        {"violations", std::to_string(violations.all().size())},
    });
}

bool run(const Options& options, harness::TestDir& dir) {
    const auto begin = monotonic_now();
    std::printf("%d rounds, %u writers, seed %llu, in %s\n", options.rounds, options.writers,
                static_cast<unsigned long long>(options.seed), dir.path().c_str());
    std::optional<linearizability::HistoryWriter> history;
    if (!options.history.empty()) history.emplace(options.history);
    if (history && !history->good()) throw harness::Failure("cannot write " + options.history);

    // A snapshot every second or so, so that kills find it half stored, half published and half sent.
    harness::Cluster cluster(dir, {.flags = {"--snapshot-log-bytes", "1MiB", "--snapshot-log-percent", "0",
                                             "--snapshot-log-kept", "256KiB"}});
    cluster.start_all();
    constexpr std::uint32_t hot_keys_count = 4;
    harness::Violations violations;
    UniqueKeys unique_keys(options.writers, violations);
    HotKeys hot_keys(hot_keys_count, violations);
    Load load({.endpoints = cluster.endpoints(), .writers = options.writers, .seed = options.seed},
              unique_keys, hot_keys, history ? &*history : nullptr);
    Rounds rounds(cluster, load, options.seed);
    std::vector<Duration> failovers;
    for (int round = 1; round <= options.rounds && violations.all().empty(); ++round) {
        const auto victim = victim_of(round, options);
        const auto report = rounds.run(victim);
        if (report.led && victim != Rounds::Victim::everyone) failovers.push_back(report.acknowledged);
        const auto totals = load.totals();
        std::printf(
            "%4d/%d  %5lld s  killed %-18s next write after %s   acknowledged %llu, unknown %llu, refused "
            "%llu\n",
            round, options.rounds, static_cast<long long>(to_milliseconds(monotonic_now() - begin) / 1000),
            names(report).c_str(), harness::milliseconds_text(report.acknowledged).c_str(),
            static_cast<unsigned long long>(totals.acknowledged),
            static_cast<unsigned long long>(totals.unknown), static_cast<unsigned long long>(totals.failed));
        std::fflush(stdout);
    }
    load.stop();
    audit(cluster, unique_keys, hot_keys, load.totals(), violations);
    for (const auto& violation : violations.all())
        std::printf("VIOLATION: %s\n", violation.c_str());
    print_summary(load.totals(), hot_keys.recorded(), failovers, monotonic_now() - begin, violations);
    if (history && !history->good()) throw harness::Failure("could not write all of " + options.history);
    return violations.all().empty();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    return harness::run_program("crash", options.dir,
                                [&](harness::TestDir& dir) { return run(options, dir); });
}
