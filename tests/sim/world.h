// One simulation, from the first event to the last check: a cluster under load, the faults of a plan, and
// then what must be true of it. The same plan gives the same run: Figures::trace. One thread.
#pragma once

#include <cstdint>

#include "sim/cluster.h"
#include "sim/faults.h"
#include "sim/plan.h"

namespace kvbus::sim {

// How much a run did: one in which nothing happens proves nothing.
struct Figures {
    std::uint64_t events = 0;
    Duration simulated{};
    std::uint64_t crashes = 0;  // before the proof of liveness
    std::uint64_t elections = 0;
    std::uint64_t snapshots_taken = 0;
    std::uint64_t snapshots_installed = 0;
    std::uint64_t acknowledged = 0;  // operations
    std::uint64_t checked = 0;       // operations, those included whose outcome is not known
    std::uint64_t trace = 0;         // of all that happened, in order
};

class World {
  public:
    explicit World(const Plan& plan) : cluster_(plan), faults_(cluster_) {}

    // From the start to the last check. Throws Violation.
    void run();

    [[nodiscard]] Figures figures() const;

  private:
    Cluster cluster_;
    Faults faults_;
};

}  // namespace kvbus::sim
