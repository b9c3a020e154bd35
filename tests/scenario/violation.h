// Thrown by the test beds when a core breaks its contract or one of Raft's properties: the test fails with
// its text.
#pragma once

#include <stdexcept>

namespace kvbus::scenario {

struct Violation : std::logic_error {
    using std::logic_error::logic_error;
};

}  // namespace kvbus::scenario
