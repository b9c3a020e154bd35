// What a run measured, as one line: for a person, or for a script beside the lines of other systems.
#pragma once

#include <string>
#include <vector>

#include "kvbench/options.h"
#include "kvbench/run.h"

namespace kvbus::bench {

// {"peer":"kvbus","workload":"put",…}. Arrays have one element a node; "per_op" holds the nodes' own counts
// over the operations of the window.
[[nodiscard]] std::string json_line(const Options& options, const Run& run);

[[nodiscard]] std::string table_head();
[[nodiscard]] std::string table_line(const Options& options, const Run& run);

}  // namespace kvbus::bench
