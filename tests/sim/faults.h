// Does to a cluster what the faults of its plan say, each at its time. A fault's dice decide whom it meets,
// given the state of the cluster then. Nothing happens once the cluster is mended. One thread.
#pragma once

#include <vector>

#include "sim/cluster.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Faults {
  public:
    explicit Faults(Cluster& cluster) : cluster_(cluster) {}  // which outlives it

    void schedule();  // all faults of the plan

  private:
    void inflict(const Fault& fault);
    void crash_all(Random& dice, Duration down);
    void isolate(Random& dice, Instant until);
    void split(Random& dice, Instant until, bool bridge);
    void flip_bit(Random& dice);
    void fill_disk(Random& dice, Duration lasts);
    void clog(Random& dice, Instant until);
    void strand(Random& dice, Instant until);
    void come_back(Random& dice, Duration stopped);
    void outlive(Random& dice, NodeId leader, const std::vector<NodeId>& company, Instant until);
    [[nodiscard]] NodeId any_node(Random& dice) const;
    [[nodiscard]] NodeId likely_victim(Random& dice) const;

    Cluster& cluster_;
};

}  // namespace kvbus::sim
