// Does to a cluster what the faults of its plan say, each at its time. A fault's dice decide whom it meets,
// given the state of the cluster then. Nothing happens once the cluster is mended. One thread.
#pragma once

#include <vector>

#include "sim/cluster.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Faults {
  public:
    explicit Faults(Cluster& cluster);  // which outlives it

    void schedule();  // all faults of the plan

  private:
    void inflict(const Fault& fault);
    void crash_all(Random& dice, Duration down);
    void isolate(Random& dice, Instant until);
    void split(Random& dice, Instant until, bool bridge);
    void flip_bit(Random& dice);
    [[nodiscard]] bool notices_flip_in_log(const SimulatedDisk& disk, Random& dice) const;
    [[nodiscard]] bool notices_flip_in_snapshot(const SimulatedDisk& disk, Random& dice) const;
    void fill_disk(Random& dice, Duration lasts);
    void clog(Random& dice, Instant until);
    void strand(Random& dice, Instant until);
    void come_back(Random& dice, Duration stopped);
    void leave_behind(Random& dice, Instant until);
    void keep_away(NodeId node, Instant until);
    void lie_in_wait(const Fault& fault, Random& dice);
    void see_chunk(NodeId holder, NodeId receiver);
    void outlive(Random& dice, NodeId leader, const std::vector<NodeId>& company, Instant until);
    [[nodiscard]] NodeId any_node(Random& dice) const;
    [[nodiscard]] NodeId likely_victim(Random& dice) const;

    // Crashes one of the two when so many more chunks have passed.
    struct Ambush {
        bool on_holder = false;
        std::uint64_t chunks = 0;
        Duration down{};
    };
    std::vector<Ambush> ambushes_;
    Cluster& cluster_;
};

}  // namespace kvbus::sim
