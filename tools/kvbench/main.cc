// kvbench: how much a cluster does, how long an operation takes, and what it costs the nodes in CPU.
#include <cstdio>

#include "kvbench/cluster.h"
#include "kvbench/options.h"
#include "kvbench/report.h"
#include "kvbench/run.h"

namespace kvbus::bench {
namespace {

int fail(const Error& error) {
    std::fprintf(stderr, "kvbench: %s\n", error.message.c_str());
    return error.code == Code::invalid_argument ? exit_bad_arguments : exit_failure;
}

void print(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

// Whether the run is fit to be compared with others.
bool sound(const Run& run) {
    if (run.tally.errors > 0)
        std::fprintf(stderr, "kvbench: %llu operations failed, the first with %s\n",
                     static_cast<unsigned long long>(run.tally.errors), run.tally.first_error.c_str());
    else if (run.tally.latency.count() == 0)
        std::fprintf(stderr, "kvbench: no operation ended within the measured time; is there a quorum?\n");
    return run.tally.errors == 0 && run.tally.latency.count() > 0;
}

int bench(const Options& options) {
    auto cluster = Cluster::find(options.endpoints);
    if (!cluster.ok()) return fail(cluster.error());
    if (options.preload)
        if (const auto loaded = preload(*cluster, options); !loaded.ok()) return fail(loaded.error());

    bool all_sound = true;
    if (!options.json) print(table_head());
    for (std::uint32_t i = 0; i < options.runs; ++i) {
        const auto run = measure(*cluster, options);
        if (!run.ok()) return fail(run.error());
        print(options.json ? json_line(options, *run) : table_line(options, *run));
        all_sound = sound(*run) && all_sound;
    }
    return all_sound ? 0 : exit_failure;
}

}  // namespace
}  // namespace kvbus::bench

int main(int argc, char** argv) {
    const auto parsed = kvbus::bench::parse_options(argc, argv);
    if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
    return kvbus::bench::bench(std::get<kvbus::bench::Options>(parsed));
}
