// overwrite_test: how much log, disk and memory the nodes take while the same keys are written over again and
// again. They must not grow without bound.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "system/harness/cluster.h"
#include "system/harness/program.h"
#include "system/longevity/figures.h"
#include "system/longevity/writes.h"

namespace {

using namespace kvbus;

struct Options {
    std::uint64_t writes = 10'000'000;
    std::uint64_t keys = 100'000;
    std::uint32_t value_bytes = 256;
    std::uint64_t disk_mib_max = 512;
    std::vector<std::string> flags;
    std::string dir;
};

constexpr std::uint64_t parts = 20;

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{
        "Writes over the keys of a three-node cluster, and checks that log, disk and memory stay bounded."};
    app.option_defaults()->always_capture_default();
    app.add_option("--writes", options.writes, "Puts")->check(CLI::Range(parts, std::uint64_t{1} << 40));
    app.add_option("--keys", options.keys, "Keys")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
    app.add_option("--value-bytes", options.value_bytes, "Bytes of each value, which are random")
        ->check(CLI::Range(1u, 1u << 20));
    app.add_option("--disk-max", options.disk_mib_max, "Fail when a node ever takes more MiB of disk");
    app.add_option("--kvd-flag", options.flags,
                   "On top of the nodes' own, as --kvd-flag=--snapshot-log-bytes=0");
    app.add_option("--dir", options.dir,
                   "Where data and logs go while it runs (default: the temporary directory)");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    return std::nullopt;
}

// The most of any node.
struct Figures {
    std::uint64_t log_entries = 0;
    std::uint64_t disk = 0;    // bytes, as the next
    std::uint64_t memory = 0;  // resident
};

Figures measure(harness::Cluster& cluster) {
    Figures most;
    for (int node = 0; node < cluster.size(); ++node) {
        const auto status = cluster.status(node);
        if (!status.ok()) throw harness::Failure("the status of a node: " + status.error().message);
        most.log_entries = std::max(most.log_entries, status->last - status->log_start);
        most.disk = std::max(most.disk, longevity::disk_of(cluster.data_dir(node)));
        most.memory = std::max(most.memory, longevity::memory_of(cluster.pid(node)).now);
    }
    return most;
}

// Each goes up and down like the teeth of a saw, memory a little beyond. What grows without bound is soon
// never again as low as it once was high.
bool is_bounded(const char* what, const std::vector<Figures>& all, std::uint64_t Figures::*figure) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    const std::uint64_t most_before =
        std::ranges::max(std::ranges::subrange(all.begin(), middle), {}, figure).*figure;
    const std::uint64_t least_after =
        std::ranges::min(std::ranges::subrange(middle, all.end()), {}, figure).*figure;
    if (least_after <= most_before + most_before / 50) return true;
    std::printf("FAILED: %s grows: in the second half it is always above %llu, the most of the first\n", what,
                static_cast<unsigned long long>(most_before));
    return false;
}

bool run(const Options& options, const harness::TestDir& dir) {
    harness::Cluster cluster(dir, {.flags = options.flags});
    cluster.start_all();
    longevity::Writes writes(cluster.endpoints(), options.keys, options.value_bytes);
    std::printf("the most of any node:\n%12s %12s %14s %12s %12s\n", "puts", "puts/s", "log entries", "disk",
                "memory");
    std::vector<Figures> all;
    for (std::uint64_t part = 0; part < parts; ++part) {
        const std::uint64_t end = options.writes * (part + 1) / parts;
        const std::uint64_t count = end - options.writes * part / parts;
        const Duration time = writes.write(count);
        const Figures& most = all.emplace_back(measure(cluster));
        std::printf("%12llu %12.0f %14llu %8.0f MiB %8.0f MiB\n", static_cast<unsigned long long>(end),
                    static_cast<double>(count) * 1e9 / static_cast<double>(time.count()),
                    static_cast<unsigned long long>(most.log_entries), longevity::mebibytes(most.disk),
                    longevity::mebibytes(most.memory));
        std::fflush(stdout);
    }
    cluster.wait_for_agreement();
    const bool log = is_bounded("the log", all, &Figures::log_entries);
    const bool disk = is_bounded("the disk", all, &Figures::disk);
    const bool memory = is_bounded("memory", all, &Figures::memory);
    const double disk_max = longevity::mebibytes(std::ranges::max(all, {}, &Figures::disk).disk);
    if (disk_max <= static_cast<double>(options.disk_mib_max)) return log && disk && memory;
    std::printf("FAILED: a node took %.0f MiB of disk\n", disk_max);
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    return harness::run_program("overwrites", options.dir,
                                [&](harness::TestDir& dir) { return run(options, dir); });
}
