// The parts of the endpoint commands that have files of their own.
#pragma once

#include <string>
#include <vector>

#include "kvctl/command.h"

namespace kvbus::kvctl {

[[nodiscard]] Finish hashkv(const Globals& globals, bool whole_cluster);

// Nodes at the same log index whose hashes differ, in words; empty when there are none.
[[nodiscard]] std::string difference_of_hashes(const std::vector<EndpointStatus>& nodes);

}  // namespace kvbus::kvctl
