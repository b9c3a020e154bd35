// watch_test: two hundred watches on a real cluster whose leader is killed again and again, under constant
// writes and compaction, and what a slow watcher costs the others.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "system/harness/cluster.h"
#include "system/harness/program.h"
#include "system/harness/table.h"
#include "system/watch/company.h"
#include "system/watch/fleet.h"
#include "system/watch/keyspace.h"
#include "system/watch/writers.h"

namespace {

using namespace kvbus;
using namespace kvbus::watch;
using harness::Outcome;

struct Options {
    int rounds = 10;
    std::uint32_t watches = 200;
    std::uint32_t writers = 10;
    int slow_pairs = 5;
    int slow_seconds = 4;
    int slow_cost_percent_max = 80;
    std::uint64_t rss_mib_max = 512;
    std::uint64_t seed = 0;
    std::string dir;
};

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{
        "Watches a three-node cluster under writes, kills of the leader and compaction, and checks that "
        "every "
        "watch tells everything, once and in order."};
    app.add_option("--rounds", options.rounds, "Rounds of kill -9 of the leader")->capture_default_str();
    app.add_option("--watches", options.watches, "Watches at once")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--writers", options.writers, "Concurrent writers")
        ->check(CLI::Range(1, 900))
        ->capture_default_str();
    app.add_option("--slow-pairs", options.slow_pairs, "How often to measure without and with a slow watcher")
        ->capture_default_str();
    app.add_option("--slow-seconds", options.slow_seconds, "How long each of these measurements takes")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--slow-cost-max", options.slow_cost_percent_max,
                   "Of the writers' throughput, in percent, that a slow watcher may cost")
        ->capture_default_str();
    app.add_option("--rss-max", options.rss_mib_max, "MiB of memory that a node may take")
        ->capture_default_str();
    app.add_option("--seed", options.seed, "Of the choice of operations (default: random)");
    app.add_option("--dir", options.dir,
                   "Where data and logs go while it runs (default: the temporary directory)");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    if (options.seed == 0) options.seed = random_seed();
    return std::nullopt;
}

// Everything that runs, in the order in which it must end.
struct Scene {
    Scene(const Options& options, const harness::TestDir& dir)
        : cluster(dir), random(options.seed), slow_cost_percent_max(options.slow_cost_percent_max) {
        cluster.start_all();
        fleet = std::make_unique<Fleet>(cluster.endpoints(), options.watches, random.next(), violations);
        compactor = std::make_unique<Compactor>(cluster.endpoints(), [this] { return fleet->lowest_next(); });
        writers = std::make_unique<Writers>(cluster.endpoints(), options.writers, random.next());
    }

    harness::Cluster cluster;
    Random random;
    int slow_cost_percent_max;
    harness::Violations violations;
    std::unique_ptr<Fleet> fleet;
    std::unique_ptr<Compactor> compactor;
    std::unique_ptr<Writers> writers;
    std::uint64_t rss_peak = 0;

    void wait_for_writes(std::uint64_t more) {
        const auto goal = writers->count(Outcome::ok) + more;
        harness::wait_for(std::to_string(more) + " more acknowledged writes", harness::patience, [&] {
            return writers->count(Outcome::ok) >= goal ? "" : "there are not as many yet";
        });
    }
    [[nodiscard]] std::uint64_t revision(int node) {
        const auto status = cluster.status(node);
        if (!status.ok()) return 0;
        rss_peak = std::max(rss_peak, status->rss_peak_bytes);
        return status->header.revision.value;
    }
};

// --- kills -------------------------------------------------------------------------------------------------

void kill_leader(Scene& scene, int round, const Options& options) {
    constexpr std::uint64_t writes_between_max = 1000;
    constexpr std::uint32_t renewed = 20;
    scene.wait_for_writes(1 + scene.random.below(writes_between_max));
    const auto leader = scene.cluster.wait_for_leader().node;
    (void)scene.revision(leader);
    const auto killed = monotonic_now();
    scene.cluster.kill(leader);
    scene.wait_for_writes(1 + scene.random.below(writes_between_max));
    scene.fleet->renew(std::min(renewed, options.watches));
    scene.cluster.start(leader);
    scene.cluster.wait_until_serving(leader);
    const auto revision = scene.revision(scene.cluster.wait_for_leader().node);
    scene.fleet->wait_until_told(revision);
    const auto counts = scene.fleet->counts();
    std::printf("%4d/%d  killed %s  all told again after %s   %llu writes, %llu events, %llu compactions\n",
                round, options.rounds, harness::Cluster::name(leader).c_str(),
                harness::milliseconds_text(monotonic_now() - killed).c_str(),
                static_cast<unsigned long long>(scene.writers->count(Outcome::ok)),
                static_cast<unsigned long long>(counts.events),
                static_cast<unsigned long long>(scene.compactor->compactions()));
    std::fflush(stdout);
}

// --- a slow watcher ----------------------------------------------------------------------------------------

struct Measured {
    std::uint64_t writes = 0;
    Duration time{};
    Histogram latencies;

    [[nodiscard]] double writes_per_second() const {
        return time.count() == 0 ? 0 : static_cast<double>(writes) * 1e9 / static_cast<double>(time.count());
    }
};

void measure(Scene& scene, std::chrono::seconds time, Measured& sum) {
    const auto begin = monotonic_now();
    const auto writes = scene.writers->count(Outcome::ok);
    (void)scene.fleet->take_latencies();
    harness::wait_for("the end of the measurement", harness::patience + time,
                      [&] { return monotonic_now() - begin >= time ? "" : "it goes on"; });
    sum.writes += scene.writers->count(Outcome::ok) - writes;
    sum.time += monotonic_now() - begin;
    sum.latencies.add(scene.fleet->take_latencies());
}

bool slow_watcher_costs_nothing(Scene& scene, const Options& options) {
    Measured without, with;
    std::uint64_t events = 0;
    const std::chrono::seconds time{options.slow_seconds};
    for (int i = 0; i < options.slow_pairs; ++i) {
        measure(scene, time, without);
        SlowWatcher slow(scene.cluster.endpoints(), scene.violations);
        measure(scene, time, with);
        events += slow.events();
    }
    std::printf("\n%-34s %12s %12s\n", "a watcher that takes 1 event/s", "without", "with");
    std::printf("%-34s %12.0f %12.0f\n", "acknowledged writes per second", without.writes_per_second(),
                with.writes_per_second());
    for (const double quantile : {0.5, 0.99, 0.999}) {
        std::printf("%-28s %4.1f%% %9.2f ms %9.2f ms\n", "call of a write to its event", quantile * 100,
                    static_cast<double>(without.latencies.quantile(quantile)) / 1000,
                    static_cast<double>(with.latencies.quantile(quantile)) / 1000);
    }
    std::printf("%-34s %12s %12llu\n\n", "events that it took", "", static_cast<unsigned long long>(events));
    const double allowed = without.writes_per_second() * (100 - options.slow_cost_percent_max) / 100;
    if (options.slow_pairs == 0 || with.writes_per_second() >= allowed) return true;
    std::printf("FAILED: the slow watcher costs the writers more than %d %%\n",
                options.slow_cost_percent_max);
    return false;
}

// --- the end -----------------------------------------------------------------------------------------------

// One last write of every key, so that nobody can miss the end; then all must tell the same.
void check_everything(Scene& scene) {
    scene.writers->stop();
    Client client({.endpoints = scene.cluster.endpoints()});
    Txn last;
    for (std::uint32_t key = 0; key < keys_count; ++key)
        last.success.push_back({TxnPut{key_name(key), "the end"}});
    const auto written = client.txn(last);
    if (!written.ok()) throw harness::Failure("the last write: " + written.error().message);
    scene.fleet->wait_until_told(written->revision.value);
    scene.compactor.reset();
    const auto there = client.get("f", {.range_end = std::string(1, '\0')});
    if (!there.ok()) throw harness::Failure("the last read: " + there.error().message);
    scene.fleet->reference().check(there->kvs);
    auto all = scene.fleet->reference().all();
    std::erase_if(all, [&](const Seen& seen) { return seen.revision == written->revision.value; });
    scene.writers->check(all, scene.violations);
    scene.fleet->check();
    scene.cluster.wait_for_agreement();
    for (int node = 0; node < scene.cluster.size(); ++node)
        (void)scene.revision(node);
}

bool run(const Options& options, const harness::TestDir& dir) {
    const auto begin = monotonic_now();
    std::printf("%d rounds, %u watches, %u writers, seed %llu, in %s\n", options.rounds, options.watches,
                options.writers, static_cast<unsigned long long>(options.seed), dir.path().c_str());
    Scene scene(options, dir);
    for (int round = 1; round <= options.rounds && scene.violations.all().empty(); ++round)
        kill_leader(scene, round, options);
    bool good = slow_watcher_costs_nothing(scene, options);
    const auto compactions = scene.compactor->compactions();
    check_everything(scene);
    for (const auto& violation : scene.violations.all())
        std::printf("VIOLATION: %s\n", violation.c_str());
    const auto counts = scene.fleet->counts();
    const auto rss_mib = scene.rss_peak >> 20;
    harness::print_rows({
        {"acknowledged writes", std::to_string(scene.writers->count(Outcome::ok))},
        {"unknown writes", std::to_string(scene.writers->count(Outcome::unknown))},
        {"refused writes", std::to_string(scene.writers->count(Outcome::fail))},
        {"changes", std::to_string(scene.fleet->reference().all().size())},
        {"events told to all watches", std::to_string(counts.events)},
        {"batches", std::to_string(counts.batches)},
        {"  that ended within a transaction", std::to_string(counts.fragments)},
        {"compactions", std::to_string(compactions)},
        {"largest node, MiB", std::to_string(rss_mib)},
        {"time", std::to_string(to_milliseconds(monotonic_now() - begin) / 1000) + " s"},
        {"violations", std::to_string(scene.violations.all().size())},
    });
    if (rss_mib > options.rss_mib_max) {
        std::printf("FAILED: a node took more than %llu MiB\n",
                    static_cast<unsigned long long>(options.rss_mib_max));
        good = false;
    }
    return good && scene.violations.all().empty();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    return harness::run_program("watch", options.dir,
                                [&](harness::TestDir& dir) { return run(options, dir); });
}
