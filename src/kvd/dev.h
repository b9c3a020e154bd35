// `kvd dev`: a whole cluster on this machine, for trying things out. Runs each node as a process of its own,
// starts again what dies, and takes everything down with it.
#pragma once

#include "kvd/command_line.h"

namespace kvbus::kvd {

[[nodiscard]] int run_dev(const DevOptions& options);

}  // namespace kvbus::kvd
