// restart_bench: how long a node with many keys takes from its start after kill -9 to its first local read,
// and what it takes of memory and disk then.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "system/harness/cluster.h"
#include "system/harness/program.h"
#include "system/harness/table.h"
#include "system/longevity/figures.h"
#include "system/longevity/writes.h"

namespace {

using namespace kvbus;
using longevity::disk_of;
using longevity::mebibytes;
using longevity::memory_of;

struct Options {
    std::uint64_t keys = 1'000'000;
    std::uint32_t value_bytes = 256;
    int trials = 3;
    int at_most_ms = 0;  // this and the next two: 0 for any figure
    std::uint64_t rss_mib_max = 0;
    std::uint64_t disk_mib_max = 0;
    std::string dir;
};

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{"Fills a three-node cluster with keys, kills a follower, and measures its next start."};
    app.option_defaults()->always_capture_default();
    app.add_option("--keys", options.keys, "Keys")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
    app.add_option("--value-bytes", options.value_bytes, "Bytes of each value, which are random")
        ->check(CLI::Range(1u, 1u << 20));
    app.add_option("--trials", options.trials, "Kills")->check(CLI::PositiveNumber);
    app.add_option("--at-most-ms", options.at_most_ms,
                   "Fail when the median start takes longer; 0: print only");
    app.add_option("--rss-max", options.rss_mib_max,
                   "Fail when the median memory is more MiB; 0: print only");
    app.add_option("--disk-max", options.disk_mib_max,
                   "Fail when the median disk is more MiB; 0: print only");
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
    Duration first_read{};     // from the start of the process
    longevity::Memory memory;  // when it has caught up
    std::uint64_t disk = 0;
};

Trial restart(harness::Cluster& cluster, int node, const std::string& last_key) {
    cluster.kill(node);
    Client local({.endpoints = {cluster.client_url(node)},
                  .timeout = std::chrono::seconds{20},
                  .stay_on_endpoints = true});
    const auto started = monotonic_now();
    cluster.start(node);
    Trial trial;
    harness::wait_for("the last key at the node that was started", harness::patience, [&]() -> std::string {
        cluster.must_run(node);
        const auto got = local.get(last_key, {.serializable = true});
        if (!got.ok()) return got.error().message;
        if (got->kvs.empty()) return "it is not there";
        trial.first_read = monotonic_now() - started;
        return {};
    });
    cluster.wait_until_caught_up(node);
    trial.memory = memory_of(cluster.pid(node));
    trial.disk = disk_of(cluster.data_dir(node));
    return trial;
}

template <class Figure>
auto median_of(const std::vector<Trial>& trials, Figure figure) {
    std::vector<decltype(figure(trials.front()))> values;
    for (const Trial& trial : trials)
        values.push_back(figure(trial));
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void print_row(const std::string& what, const std::string& first_read, const longevity::Memory& memory,
               std::uint64_t disk) {
    std::printf("%-20s %12s %8.0f MiB %8.0f MiB %8.0f MiB\n", what.c_str(), first_read.c_str(),
                mebibytes(memory.now), mebibytes(memory.peak), mebibytes(disk));
    std::fflush(stdout);
}

bool is_within(const char* what, double value, double limit, const char* unit) {
    if (limit == 0 || value <= limit) return true;
    std::printf("FAILED: the median %s is %.1f %s, more than %.1f\n", what, value, unit, limit);
    return false;
}

bool run(const Options& options, const harness::TestDir& dir) {
    harness::Cluster cluster(dir);
    cluster.start_all();
    const Duration loading =
        longevity::Writes(cluster.endpoints(), options.keys, options.value_bytes).write(options.keys);
    cluster.wait_for_agreement();
    std::printf("%llu keys of %u bytes written one by one in %.1f s\n\n",
                static_cast<unsigned long long>(options.keys), options.value_bytes,
                static_cast<double>(loading.count()) / 1e9);
    std::printf("%-20s %12s %12s %12s %12s\n", "node", "first read", "memory", "peak", "disk");
    for (int node = 0; node < cluster.size(); ++node)
        print_row(harness::Cluster::name(node) + ", loaded", "", memory_of(cluster.pid(node)),
                  disk_of(cluster.data_dir(node)));
    std::vector<Trial> trials;
    for (int i = 0; i < options.trials; ++i) {
        const int node = (cluster.wait_for_leader().node + 1 + i % (cluster.size() - 1)) % cluster.size();
        const Trial& trial =
            trials.emplace_back(restart(cluster, node, longevity::Writes::key(options.keys - 1)));
        print_row(harness::Cluster::name(node) + ", restarted", harness::milliseconds_text(trial.first_read),
                  trial.memory, trial.disk);
    }
    const Duration first_read = median_of(trials, [](const Trial& trial) { return trial.first_read; });
    const double rss = mebibytes(median_of(trials, [](const Trial& trial) { return trial.memory.now; }));
    const double disk = mebibytes(median_of(trials, [](const Trial& trial) { return trial.disk; }));
    std::printf("%-20s %12s %8.0f MiB %12s %8.0f MiB\n", "median",
                harness::milliseconds_text(first_read).c_str(), rss, "", disk);
    const bool is_fast = is_within("time to the first read", static_cast<double>(first_read.count()) / 1e6,
                                   options.at_most_ms, "ms");
    const bool is_small = is_within("memory", rss, static_cast<double>(options.rss_mib_max), "MiB");
    const bool is_short = is_within("disk", disk, static_cast<double>(options.disk_mib_max), "MiB");
    return is_fast && is_small && is_short;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    return harness::run_program("restart", options.dir,
                                [&](harness::TestDir& dir) { return run(options, dir); });
}
