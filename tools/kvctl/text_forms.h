// Bytes and numbers in the forms that people and scripts read. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <kvbus/types.h>

namespace kvbus::kvctl {

[[nodiscard]] std::string hex_bytes(std::string_view bytes);  // \x61\x62
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string go_quoted(std::string_view bytes);   // "…" as Go quotes: any bytes in one line
[[nodiscard]] std::string json_string(std::string_view text);  // "…"; bytes that are not UTF-8 become U+FFFD
[[nodiscard]] std::string hex_number(std::uint64_t number);    // 886b03c4ae679a15
[[nodiscard]] std::string lease_text(LeaseId lease);           // the same in 16 digits
[[nodiscard]] std::string seconds_text(std::chrono::milliseconds time);  // 10, 2.5
[[nodiscard]] std::string utc_text(std::chrono::milliseconds time);      // since 1970: 2026-11-23T18:04:05Z
[[nodiscard]] std::string size_text(std::uint64_t bytes);                // 20 kB, 1.2 MB
[[nodiscard]] std::string utf8(std::uint32_t character);                 // a code point up to U+10FFFF
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace kvbus::kvctl
