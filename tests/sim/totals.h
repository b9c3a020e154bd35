// What many runs did, added up. Plain data: whole numbers only, so that workers can share it as an array.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvbus::sim {

struct Totals {
    std::uint64_t seeds = 0;
    std::uint64_t events = 0;
    std::uint64_t simulated_ns = 0;
    std::uint64_t cpu_ns = 0;
    std::uint64_t crashes = 0;
    std::uint64_t elections = 0;
    std::uint64_t snapshots_taken = 0;
    std::uint64_t snapshots_installed = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t checked = 0;
    std::uint64_t traces = 0;  // the sum of all: equal for equal seeds
};
inline constexpr std::size_t totals_count = sizeof(Totals) / sizeof(std::uint64_t);

}  // namespace kvbus::sim
