// Linearizable histories made by a register that is one: each operation takes effect at a random moment
// between its call and its return. One thread; the same seed gives the same history.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "linearizability/operation.h"

namespace kvbus::linearizability {

struct RandomHistoryOptions {
    std::uint32_t operations = 1000;
    std::uint32_t clients = 16;
    std::uint32_t keys = 1;
    std::uint32_t values = 0;  // how many different ones there are; 0: each put has its own
    double gets = 0.5;
    double removes = 0.05;
    double unknown = 0.02;  // of writes; half of them take effect, up to ten operations late
    double failed = 0.02;   // of all
    std::uint64_t longest =
        1000;  // from a call to its effect, from there to its return, and to the next call
};

// By id, which is also the order of calls.
[[nodiscard]] std::vector<Operation> random_history(const RandomHistoryOptions& options, Random& random);

}  // namespace kvbus::linearizability
