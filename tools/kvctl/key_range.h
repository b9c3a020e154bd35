// Which keys a command means: one, a range, a prefix, or everything from a key on. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::kvctl {

struct KeyArguments {
    std::string key = {};
    std::optional<std::string> range_end = {};
    bool prefix = false;
    bool from_key = false;

    // The empty key is none.
    [[nodiscard]] bool names_nothing() const { return key.empty() && !prefix && !from_key; }
};

struct KeyRange {
    std::string key;
    std::string range_end;  // as in kvbus::GetOptions
};

constexpr std::string_view empty_key = "KEY is empty; with --prefix or --from-key that means all keys";

[[nodiscard]] Result<KeyRange> key_range(const KeyArguments& arguments);

}  // namespace kvbus::kvctl
