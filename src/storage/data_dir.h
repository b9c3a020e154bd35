// The directory that holds everything a node must not forget. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include <kvbus/error.h>

namespace kvbus::storage {

// Creates `dir` for this user alone when it is missing. An error when it exists and is no directory.
[[nodiscard]] Result<void> make_data_dir(const std::filesystem::path& dir);

// True when `dir` holds nothing, or nothing but what mkfs puts into a new filesystem.
[[nodiscard]] Result<bool> is_unused(const std::filesystem::path& dir);

// What was created in `dir` is there after a power cut too.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& dir);

struct DiskFigures {
    std::uint64_t bytes = 0;       // that the files in the directory take, preallocated space included
    std::uint64_t free_bytes = 0;  // for this user on its filesystem
};

// Costs a system call per file. Zeros where the system does not say.
[[nodiscard]] DiskFigures measure(const std::filesystem::path& dir);

}  // namespace kvbus::storage
