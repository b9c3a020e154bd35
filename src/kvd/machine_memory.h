// How much memory this machine gives to the process: what is built in, or what a control group of it allows,
// whichever is less.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace kvbus::kvd {

// None: the system does not say. `root` is where /proc and /sys are.
[[nodiscard]] std::optional<std::uint64_t> machine_memory(const std::filesystem::path& root = "/");

}  // namespace kvbus::kvd
