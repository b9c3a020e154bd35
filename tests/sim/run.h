// One run of one plan, to the end or to the first thing that is wrong.
#pragma once

#include <optional>
#include <string>

#include "sim/plan.h"
#include "sim/world.h"

namespace kvbus::sim {

struct RunResult {
    Figures figures;
    std::optional<std::string> failure;  // one or more lines for a person
};

[[nodiscard]] RunResult run(const Plan& plan);

}  // namespace kvbus::sim
