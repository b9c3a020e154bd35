// The members of a simulated cluster, as its nodes and its clients know them. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kvbus/types.h>

#include "sim/plan.h"

namespace kvbus::sim {

[[nodiscard]] inline std::vector<Member> members_of(const Plan& plan) {
    std::vector<Member> members;
    for (std::uint64_t node = 1; node <= plan.nodes; ++node) {
        const std::string name = "n" + std::to_string(node);
        members.push_back({NodeId{node}, name, "tcp://" + name + ":4371", "tcp://" + name + ":4370"});
    }
    return members;
}

}  // namespace kvbus::sim
