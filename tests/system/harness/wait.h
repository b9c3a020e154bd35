// Waiting for something to become true. A wait has a deadline and says what it waited for. Any thread.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "base/time.h"

namespace kvbus::harness {

// What ends a test: a wait that passed its deadline, a process that ended, a system call that failed.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Says what is still missing; nothing once the condition holds.
using Condition = std::function<std::string()>;

// Throws Failure with `what` and what was missing last.
void wait_for(const std::string& what, Duration at_most, const Condition& condition);

// Throws Failure with what the system says about errno.
[[noreturn]] void fail_with_errno(const std::string& doing);

}  // namespace kvbus::harness
