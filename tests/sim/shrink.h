// Makes a plan that fails as small as it can be made while it still fails: kinds of faults left out, a calmer
// network, fewer nodes and clients, less time, then one fault after the other. Pure, but for what `fails`
// does.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/plan.h"

namespace kvbus::sim {

// The first line of a failure without the words that have a digit in them: nodes, terms, indexes and values
// differ from plan to plan also where the same thing goes wrong.
[[nodiscard]] std::string way_it_fails(std::string_view failure);

// `fails` is asked many times, and must be true of `plan`.
[[nodiscard]] Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails);

}  // namespace kvbus::sim
