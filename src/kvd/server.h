// A running node: storage, bus and node joined, from recovery to a clean stop.
#pragma once

#include "kvd/config.h"

namespace kvbus::kvd {

// Serves until SIGTERM or SIGINT. An error when the node cannot start.
[[nodiscard]] Result<void> serve(const Config& config);

}  // namespace kvbus::kvd
