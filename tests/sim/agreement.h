// All nodes hold the same at the same index of the log, and that is what the committed log says
// (sim/model.h): keys, revision, sessions and cluster time. Findings are thrown as Violations. One thread.
#pragma once

#include <cstdint>
#include <map>

#include "machine/machine.h"
#include "raft/types.h"
#include "sim/model.h"

namespace kvbus::sim {

class Agreement {
  public:
    // A node has applied everything up to this index, and nothing else; so has the model, or more.
    void check(NodeId node, Index applied, const machine::Machine& machine, const Model& model);

  private:
    // What the model does not have, or is slow to compare.
    struct Held {
        std::uint64_t state_hash = 0;
        std::uint64_t sessions = 0;
        machine::ClusterTime time{};
        friend bool operator==(const Held&, const Held&) = default;
    };
    std::map<Index, Held> held_;  // as the first node there had it
};

}  // namespace kvbus::sim
