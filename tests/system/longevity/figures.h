// What a node takes of the machine, as the kernel counts it. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include <sys/types.h>

namespace kvbus::longevity {

struct Memory {
    std::uint64_t now = 0;   // bytes, as the next
    std::uint64_t peak = 0;  // since the process began
};

// Resident. Throws Failure when there is no such process.
[[nodiscard]] Memory memory_of(pid_t process);

// In blocks of its files; what goes while we look counts or not.
[[nodiscard]] std::uint64_t disk_of(const std::filesystem::path& dir);

[[nodiscard]] constexpr double mebibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace kvbus::longevity
