// One measured run: a warm cluster, a window of time, the nodes' own accounts at both of its edges.
#pragma once

#include <vector>

#include <kvbus/client.h>

#include "base/time.h"
#include "kvbench/cluster.h"
#include "kvbench/load.h"
#include "kvbench/options.h"

namespace kvbus::bench {

struct Run {
    std::uint32_t connections = 0;
    Duration elapsed{};     // the measured window
    Duration client_cpu{};  // of this process, in the window
    Tally tally{};
    std::vector<EndpointStatus> before{}, after{};  // of each node, in the order of Cluster::urls()
    std::size_t leader = 0;                         // index into them
};

// The error is of the cluster as a whole; errors of single operations are in the tally.
[[nodiscard]] Result<Run> measure(Cluster& cluster, const Options& options);

// Writes the keys that `options` chooses from, unless they are there.
[[nodiscard]] Result<void> preload(Cluster& cluster, const Options& options);

}  // namespace kvbus::bench
