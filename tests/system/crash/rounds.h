// The rounds of the crash test: nodes are killed with SIGKILL under load and started again.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "system/crash/load.h"
#include "system/harness/cluster.h"

namespace kvbus::crash {

class Rounds {
  public:
    Rounds(harness::Cluster& cluster, Load& load, std::uint64_t seed)
        : cluster_(cluster), load_(load), random_(seed) {}

    enum class Victim : std::uint8_t { leader, follower, everyone };

    struct Report {
        std::vector<int> killed;
        bool led = false;  // the leader was among them
        Duration
            acknowledged{};  // from the kill to the first acknowledged write that was asked for afterwards
    };

    // One round. Throws Failure when the cluster does not come back in time, or a node ends by itself.
    Report run(Victim victim);

  private:
    [[nodiscard]] std::vector<int> choose(Victim victim, int leader);
    void wait_for_writes(std::uint64_t more);

    harness::Cluster& cluster_;
    Load& load_;
    Random random_;
};

}  // namespace kvbus::crash
