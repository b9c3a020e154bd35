// What must hold in a core at every moment, for tests and the simulator to check after each step. Each
// sentence is one that a person can check against the paper.
#pragma once

#include <string>
#include <vector>

#include "raft/core.h"

namespace kvbus::raft {

// The sentences that do not hold; empty in a sound core.
[[nodiscard]] std::vector<std::string> violated_invariants(const Core& core);

}  // namespace kvbus::raft
