// What may come next on a line of the REPL: commands, flags, values of flags, and keys of the cluster.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kvctl/line_editor.h"

namespace CLI {
class App;
}

namespace kvbus::kvctl {

// Keys that begin with this, at most so many and a little more; none when the cluster does not answer soon.
using FindKeys = std::function<std::vector<std::string>(const std::string& prefix, std::size_t max)>;

[[nodiscard]] Candidates complete_line(const CLI::App& app, std::string_view line, const FindKeys& find_keys);

}  // namespace kvbus::kvctl
