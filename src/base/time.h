// Time as a value. Nothing at or below node reads a clock: an Instant is always an argument (base/clock.h
// reads it).
#pragma once

#include <chrono>
#include <cstdint>

namespace kvbus {

using Duration = std::chrono::nanoseconds;

// Monotonic time of one machine. It has no now(): the simulator makes its own instants.
struct Monotonic {
    using duration = Duration;
    using rep = Duration::rep;
    using period = Duration::period;
    using time_point = std::chrono::time_point<Monotonic, Duration>;
    static constexpr bool is_steady = true;
};
using Instant = Monotonic::time_point;

// Far enough in the future to mean "never", near enough that adding a timeout to it does not overflow.
constexpr Instant never = Instant{Duration::max() / 2};

constexpr std::int64_t to_milliseconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}
constexpr std::int64_t to_microseconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace kvbus
