// Looks for an order of the operations on one key that explains what every read saw: Wing and Gong's
// depth-first search with Lowe's memory of configurations already seen ("Testing for linearizability", 2017).
// One thread; no clock, so that the same history always takes the same way.
//
// A register needs to branch little. Between two blocks (placing.h) some steps never lose a solution, because
// whatever order there is stays one when they are moved to the front, and are taken without an alternative:
//   - a read of the value that is there;
//   - a write whose value nobody will read;
//   - a block after which nobody will read its value again.
// So only values that are written more than once lead to branches; where all differ, the search never goes
// back.
#pragma once

#include <cstdint>
#include <vector>

#include "linearizability/placing.h"
#include "linearizability/register.h"

namespace kvbus::linearizability {

enum class Verdict : std::uint8_t { linearizable, not_linearizable, too_hard };

// For one key. Beyond either the verdict is `too_hard`. They are some seconds and some 100 MB.
struct Limits {
    std::uint64_t work_max = 500'000'000;  // actions looked at
    std::uint64_t configurations_max = 1'000'000;
};

struct SearchResult {
    Verdict verdict = Verdict::linearizable;
    std::vector<Place> order;          // of effects, when there is one; optional writes may be missing
    std::size_t placed = 0;            // of the required actions, at best
    std::uint64_t work = 0;            // actions looked at
    std::uint64_t configurations = 0;  // in which there was a choice
};

[[nodiscard]] SearchResult search(const Register& actions, const Limits& limits);

}  // namespace kvbus::linearizability
