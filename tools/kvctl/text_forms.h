// Bytes and numbers in the forms that people and scripts read. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kvbus::kvctl {

[[nodiscard]] std::string hex_bytes(std::string_view bytes);  // \x61\x62
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string go_quoted(std::string_view bytes);   // "…" as Go quotes: any bytes in one line
[[nodiscard]] std::string json_string(std::string_view text);  // "…"; bytes that are not UTF-8 become U+FFFD
[[nodiscard]] std::string hex_number(std::uint64_t number);    // 886b03c4ae679a15
[[nodiscard]] std::string size_text(std::uint64_t bytes);      // 20 kB, 1.2 MB

}  // namespace kvbus::kvctl
