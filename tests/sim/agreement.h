// All nodes hold the same at the same index of the log, and that is what the committed log says
// (sim/committed.h): keys, revision, sessions and cluster time. Findings are thrown as Violations. One
// thread.
#pragma once

#include <cstdint>
#include <map>

#include "machine/machine.h"
#include "raft/types.h"
#include "sim/committed.h"

namespace kvbus::sim {

class Agreement {
  public:
    // A node has applied everything up to this index, and nothing else; so has the log, or more.
    void check(NodeId node, Index applied, const machine::Machine& machine, Committed& committed);

  private:
    struct Held {
        std::uint64_t state_hash = 0;
        std::uint64_t sessions = 0;
        Revision compacted;
        machine::ClusterTime time{};
        std::uint64_t replica_hash = 0;
        friend bool operator==(const Held&, const Held&) = default;
    };
    std::map<Index, Held> held_;  // as the first node there had it
    std::uint64_t compared_ = 0;  // with the log
};

}  // namespace kvbus::sim
