// Plays one random sequence of commands, queries and pauses to the real machine and to the reference, and
// compares all that both can tell after each step. A second real machine gets the same, and must have the
// same hash. One thread; the same options give the same result.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "machine/machine.h"

namespace kvbus::oracle {

// An answer of the real machine that is altered, once, in the second half of the steps: the comparison must
// find it.
enum class Fault : std::uint8_t { none, outcome, answer, range, event, lease, next_expiry };

struct ComparisonOptions {
    std::uint64_t seed = 1;
    std::uint64_t steps = 1000;
    machine::Limits limits;           // with bounds on memory that are never reached
    bool follow_compactions = false;  // the real machine also compacts by itself
    Fault fault = Fault::none;
};

struct ComparisonResult {
    std::optional<std::string> difference;  // the first, with the seed, the step and both answers
    std::map<std::string, std::uint64_t>
        seen;  // codes of commands, "range " and codes of queries, and others
};

[[nodiscard]] ComparisonResult compare(const ComparisonOptions& options);

}  // namespace kvbus::oracle
