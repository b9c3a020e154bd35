// Makes a plan that fails as small as it can be made while it still fails: kinds of faults left out, a calmer
// network, fewer nodes and clients, less time, then one fault after the other.
#pragma once

#include <functional>

#include "sim/plan.h"

namespace kvbus::sim {

// `fails` is asked many times, and must be true of `plan`.
[[nodiscard]] Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails);

}  // namespace kvbus::sim
