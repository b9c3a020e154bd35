// Durations as etcdctl's users write and read them, in Go's form: 500ms, 5s, 1m30s, 1.5h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kvbus::kvctl {

[[nodiscard]] std::optional<Duration> parse_duration(
    std::string_view text);                                    // none when it is no duration >= 0
[[nodiscard]] std::string format_duration(Duration duration);  // as Go prints it: 1.398461ms

}  // namespace kvbus::kvctl
