// Cluster time at a leader: the last committed time plus the monotonic time that passed since this node took
// over. It pauses while there is no leader, knows nothing of the wall clock, and nothing of what this node
// measured when it led before: others may have kept leases alive by less.
#pragma once

#include "base/mutant.h"
#include "base/time.h"
#include "machine/machine.h"

namespace kvbus::node {

class ClusterClock {
  public:
    // This node leads, and it is `time`: the last that it knows to be committed.
    void start(Instant now, machine::ClusterTime time) {
        started_ = now;
        base_ = time;
        if (mutated(Mutant::lease_on_wall_clock)) base_ = now.time_since_epoch();
    }
    [[nodiscard]] machine::ClusterTime at(Instant now) const { return base_ + (now - started_); }
    // When it will be `time`; in the past if it is that already.
    [[nodiscard]] Instant when(machine::ClusterTime time) const {
        return time == machine::ClusterTime::max() ? never : started_ + (time - base_);
    }

  private:
    Instant started_{};
    machine::ClusterTime base_{};
};

}  // namespace kvbus::node
