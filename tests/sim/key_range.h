// Which keys a request is about (machine/command.h), written down once for all that judges the machine, and
// not with the machine's own code. One thread.
#pragma once

#include <string_view>

namespace kvbus::sim {

constexpr std::string_view to_the_end{"\0", 1};  // as a range_end

[[nodiscard]] inline bool covers(std::string_view key, std::string_view range_end,
                                 std::string_view candidate) {
    if (range_end.empty()) return candidate == key;
    return candidate >= key && (range_end == to_the_end || candidate < range_end);
}

}  // namespace kvbus::sim
