// Waits for a condition, for no longer than a deadline that only a failure reaches.
#pragma once

#include <chrono>
#include <thread>

namespace kvbus::bus::test {

inline constexpr std::chrono::seconds patience{20};

// Asks again and again, for conditions that nobody announces.
template <class Condition>
[[nodiscard]] bool await(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace kvbus::bus::test
