// Cluster time at a leader: the last committed time plus the monotonic time that passed since this node took
// over. It never goes back, pauses while there is no leader, and knows nothing of the wall clock.
#pragma once

#include <algorithm>

#include "base/mutant.h"
#include "base/time.h"
#include "machine/machine.h"

namespace kvbus::node {

class ClusterClock {
  public:
    // This node leads, and has applied everything that earlier leaders committed.
    void start(Instant now, machine::ClusterTime committed) {
        started_ = now;
        base_ = std::max(committed, base_);
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
