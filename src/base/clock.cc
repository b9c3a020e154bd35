#include "base/clock.h"

#include <ctime>

#include "base/check.h"

namespace kvbus {
namespace {

Duration read_clock(clockid_t id) {
    timespec time{};
    KV_CHECK(clock_gettime(id, &time) == 0);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

Instant monotonic_now() {
    return Instant{read_clock(CLOCK_MONOTONIC)};
}

Duration process_cpu_time() {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace kvbus
