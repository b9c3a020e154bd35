// What the programs print: figures and plain tables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kvbus::harness {

[[nodiscard]] Duration median(std::vector<Duration> values);  // zero of none
[[nodiscard]] std::string milliseconds_text(Duration value);  // "   43.2 ms"
void print_rows(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace kvbus::harness
