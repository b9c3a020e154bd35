#include "kvbench/run.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include "base/clock.h"

namespace kvbus::bench {
namespace {

constexpr Duration second = std::chrono::seconds{1};
constexpr std::uint32_t preload_clients = 256;

// A line on stderr that is written over once a second, when a person is looking.
class Progress {
  public:
    explicit Progress(std::string_view what) : what_(what), shown_(isatty(STDERR_FILENO) == 1) {}
    ~Progress() {
        if (shown_) std::fputs("\r\033[K", stderr);
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::string_view phase, std::uint64_t completed) {
        if (shown_)
            std::fprintf(stderr, "\r\033[K%.*s: %.*s, %llu ops/s", static_cast<int>(what_.size()),
                         what_.data(), static_cast<int>(phase.size()), phase.data(),
                         static_cast<unsigned long long>(completed - last_));
        last_ = completed;
    }

  private:
    std::string_view what_;
    bool shown_;
    std::uint64_t last_ = 0;
};

// Returns when `span` has passed or the operations have run out.
void watch(Load& load, Duration span, Progress& progress, std::string_view phase) {
    const Instant until = monotonic_now() + span;
    for (Duration left = span; left > Duration{}; left = until - monotonic_now()) {
        if (load.drained(std::min(left, second))) return;
        progress.show(phase, load.completed());
    }
}

Plan plan_for(const Cluster& cluster, const Options& options) {
    const auto targets =
        options.target == Target::all ? cluster.urls() : std::vector{cluster.urls()[cluster.leader()]};
    const auto connections = options.connections > 0
                                 ? options.connections
                                 : std::min(static_cast<std::uint32_t>(targets.size()), options.clients);
    Plan plan{.workload = options.workload,
              .clients = options.clients,
              .keys = options.keys,
              .value_size = options.value_size};
    for (std::uint32_t i = 0; i < connections; ++i)
        plan.connections.push_back(targets[i % targets.size()]);
    return plan;
}

Duration seconds_to_duration(std::chrono::duration<double> seconds) {
    return std::chrono::duration_cast<Duration>(seconds);
}

}  // namespace

Result<Run> measure(Cluster& cluster, const Options& options) {
    const bool until_loaded = options.workload == Workload::load;
    const Plan plan = plan_for(cluster, options);
    Run run{.connections = static_cast<std::uint32_t>(plan.connections.size()), .leader = cluster.leader()};
    Progress progress{name_of(options.workload)};
    Load load{plan};

    if (!until_loaded) {
        load.start();
        watch(load, seconds_to_duration(options.warm_up), progress, "warming up");
    }
    // At both edges the nodes are asked first, so that their windows are as long as ours.
    auto before = cluster.status();
    const Instant began = monotonic_now();
    const Duration cpu_began = process_cpu_time();
    load.begin();
    if (until_loaded) load.start();
    watch(load, until_loaded ? never - began : seconds_to_duration(options.seconds), progress, "measuring");
    auto after = cluster.status();
    run.elapsed = monotonic_now() - began;
    run.client_cpu = process_cpu_time() - cpu_began;
    load.end();

    load.stop();
    while (!load.drained(second))
        progress.show("waiting for the last operations", load.completed());
    if (!before.ok()) return before.error();
    if (!after.ok()) return after.error();
    run.before = std::move(*before);
    run.after = std::move(*after);
    run.tally = load.tally();
    return run;
}

Result<void> preload(Cluster& cluster, const Options& options) {
    const auto there = cluster.holds(options.keys, options.value_size);
    if (!there.ok()) return there.error();
    if (*there) return {};

    Plan plan{.workload = Workload::load,
              .connections = {cluster.urls()[cluster.leader()]},
              .clients = preload_clients,
              .keys = options.keys,
              .value_size = options.value_size};
    Progress progress{"loading the keys"};
    Load load{std::move(plan)};
    load.start();
    while (!load.drained(second))
        progress.show("first write of each", load.completed());
    const Tally tally = load.tally();
    if (tally.errors > 0)
        return Error{Code::unavailable, "cannot load the keys: " + std::to_string(tally.errors) + " of " +
                                            std::to_string(options.keys) + " writes failed, the first with " +
                                            tally.first_error};
    return {};
}

}  // namespace kvbus::bench
