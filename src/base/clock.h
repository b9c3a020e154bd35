// The real clocks. Only threads that own sockets, disks or a main() read them.
#pragma once

#include "base/time.h"

namespace kvbus {

[[nodiscard]] Instant monotonic_now();
[[nodiscard]] Duration process_cpu_time();  // user and system time of this process, all threads

}  // namespace kvbus
