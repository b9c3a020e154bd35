// The plans of what the simulator once found, each with the mutant that puts the bug, or its like, back.
#pragma once

#include <string>
#include <vector>

#include "sim/plan.h"

namespace kvbus::sim {

struct KeptPlan {
    std::string file;
    std::string mutant;  // of the line "# mutant NAME"
    Plan plan;
};

// Throws BadInput.
[[nodiscard]] Plan read_plan(const std::string& file);

// All *.plan of a directory, by name. Throws BadInput, also when one names no mutant.
[[nodiscard]] std::vector<KeptPlan> read_kept_plans(const std::string& directory);

}  // namespace kvbus::sim
