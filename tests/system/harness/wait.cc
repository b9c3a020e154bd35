#include "system/harness/wait.h"

#include <cerrno>
#include <system_error>

#include <poll.h>

#include "base/clock.h"

namespace kvbus::harness {

void wait_for(const std::string& what, Duration at_most, const Condition& condition) {
    constexpr int pause_ms = 2;  // between looks
    const auto deadline = monotonic_now() + at_most;
    for (;;) {
        const auto missing = condition();
        if (missing.empty()) return;
        if (monotonic_now() >= deadline) {
            throw Failure("waited " + std::to_string(to_milliseconds(at_most)) + " ms for " + what + ": " +
                          missing);
        }
        poll(nullptr, 0, pause_ms);
    }
}

void fail_with_errno(const std::string& doing) {
    throw Failure("cannot " + doing + ": " + std::generic_category().message(errno));
}

}  // namespace kvbus::harness
