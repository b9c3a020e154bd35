// The keys that are written and watched: a hundred, in ten folders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvbus::watch {

constexpr std::uint32_t folders_count = 10;
constexpr std::uint32_t keys_in_folder = 10;
constexpr std::uint32_t keys_count = folders_count * keys_in_folder;

[[nodiscard]] inline std::string folder_name(std::uint32_t folder) {
    return "f" + std::to_string(folder) + "/";
}
[[nodiscard]] inline std::string key_name(std::uint32_t key) {
    return folder_name(key / keys_in_folder) + "k" + std::to_string(key % keys_in_folder);
}
[[nodiscard]] inline std::optional<std::uint32_t> key_number(std::string_view name) {
    const auto digit = [&](std::size_t at) { return static_cast<std::uint32_t>(name[at] - '0'); };
    if (name.size() != 5 || name[0] != 'f' || name[2] != '/' || name[3] != 'k') return std::nullopt;
    if (digit(1) >= folders_count || digit(4) >= keys_in_folder) return std::nullopt;
    return digit(1) * keys_in_folder + digit(4);
}

}  // namespace kvbus::watch
