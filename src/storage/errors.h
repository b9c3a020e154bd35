// The errors of storage: one line that names the directory, what is wrong and the way out.
#pragma once

#include <filesystem>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::storage {

// The stored log cannot be what this node once made durable.
[[nodiscard]] Error damaged(const std::filesystem::path& dir, std::string_view what);

// Decoders know what is wrong, but not where: `where` goes before what they say.
[[nodiscard]] Error located(const std::filesystem::path& dir, std::string_view where, const Error& error);

// A system call failed with `number` while `doing` ("create /x", "write /x/DURABLE").
[[nodiscard]] Error system_error(const std::filesystem::path& dir, std::string_view doing, int number);

// Out of space while `doing`.
[[nodiscard]] Error no_space(const std::filesystem::path& dir, std::string_view doing);

// What a backup was restored to cannot be what was restored, or is of a newer version.
[[nodiscard]] Error not_restored(const std::filesystem::path& dir, const Error& error);

}  // namespace kvbus::storage
