// failover_test: how long writes stop when the leader dies. Default timeouts, loopback, one write every few
// milliseconds through the client library.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "system/failover/stream.h"
#include "system/harness/cluster.h"
#include "system/harness/program.h"
#include "system/harness/table.h"

namespace {

using namespace kvbus;

struct Options {
    int trials = 20;
    int interval_ms = 3;
    int at_most_ms = 0;  // 0: any time is good
    std::string dir;
};

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{"Measures the time from kill -9 of the leader to the next acknowledged write."};
    app.add_option("--trials", options.trials, "Kills")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--interval-ms", options.interval_ms, "A write is asked for so often")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--at-most-ms", options.at_most_ms,
                   "Fail when a trial takes longer (default: print only)");
    app.add_option("--dir", options.dir,
                   "Where data and logs go while it runs (default: the temporary directory)");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    return std::nullopt;
}

struct Trial {
    int killed = 0;
    int next = 0;      // the leader afterwards
    Duration write{};  // from the kill to the return of the first write asked for after it
};

Trial measure(harness::Cluster& cluster, failover::Stream& stream) {
    const auto leader = cluster.wait_for_leader();
    Trial trial{.killed = leader.node};
    stream.measure(monotonic_now(), leader.term);
    cluster.kill(trial.killed);
    harness::wait_for("a write after the kill", harness::patience, [&]() -> std::string {
        return stream.first_acknowledged() ? "" : "none is acknowledged";
    });
    trial.write = *stream.first_acknowledged();
    trial.next = cluster.wait_for_leader().node;
    cluster.start(trial.killed);
    cluster.wait_until_serving(trial.killed);
    cluster.wait_until_caught_up(trial.killed);
    return trial;
}

bool run(const Options& options, const harness::TestDir& dir) {
    harness::Cluster cluster(dir);
    cluster.start_all();
    failover::Stream stream(cluster.endpoints(), std::chrono::milliseconds{options.interval_ms});
    std::vector<Duration> times;
    std::printf("trial  killed  next     kill to next write\n");
    for (int i = 1; i <= options.trials; ++i) {
        const auto trial = measure(cluster, stream);
        times.push_back(trial.write);
        std::printf("%5d  %-6s  %-6s %s\n", i, harness::Cluster::name(trial.killed).c_str(),
                    harness::Cluster::name(trial.next).c_str(),
                    harness::milliseconds_text(trial.write).c_str());
        std::fflush(stdout);
    }
    const auto counts = stream.stop();
    const auto [least, most] = std::ranges::minmax(times);
    harness::print_rows({{"median", harness::milliseconds_text(harness::median(times))},
                         {"least", harness::milliseconds_text(least)},
                         {"most", harness::milliseconds_text(most)},
                         {"writes acknowledged", std::to_string(counts.acknowledged)},
                         {"writes not acknowledged", std::to_string(counts.others)}});
    cluster.wait_for_agreement();
    if (options.at_most_ms == 0 || most <= std::chrono::milliseconds{options.at_most_ms}) return true;
    std::printf("FAILED: a trial took longer than %d ms\n", options.at_most_ms);
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    return harness::run_program("failover", options.dir,
                                [&](harness::TestDir& dir) { return run(options, dir); });
}
