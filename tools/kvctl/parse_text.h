// Reads the forms in which people and scripts write numbers, ids and bytes. Pure; none means: it is not one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/types.h>

namespace kvbus::kvctl {

[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);  // digits, and nothing else
[[nodiscard]] std::optional<std::uint64_t> parse_hex(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);  // also with a minus
[[nodiscard]] std::optional<Revision> parse_revision(std::string_view text);
[[nodiscard]] std::optional<LeaseId> parse_lease_id(std::string_view text);  // hex, as lease grant prints it
// A duration of at least 1ms in Go's form, up to the next millisecond.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_ttl(std::string_view text);
// Also whole seconds without a unit, as etcdctl takes them.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_lease_ttl(std::string_view text);
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);  // RFC 4648, with padding

// The string that "…" stands for, with Go's escapes, at the beginning of the text, and how many characters
// of the text it takes.
struct Quoted {
    std::string value;
    std::size_t length = 0;
};
[[nodiscard]] std::optional<Quoted> parse_quoted(std::string_view text);

}  // namespace kvbus::kvctl
