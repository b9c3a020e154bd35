// The names of the rare states of base/sometimes.h, and how often each was reached.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/sometimes.h"

namespace kvbus::simulated {

struct SometimesInfo {
    Sometimes state;
    std::string_view name;
};

[[nodiscard]] std::span<const SometimesInfo> rare_states();  // in the order of the enumeration

[[nodiscard]] std::uint64_t times_reached(Sometimes state);  // in this process, and before it was forked
void forget_times_reached();

}  // namespace kvbus::simulated
