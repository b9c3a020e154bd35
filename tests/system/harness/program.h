// What the long programs have in common: a directory of their own, which stays when they fail.
#pragma once

#include <functional>
#include <string>

#include "system/harness/test_dir.h"

namespace kvbus::harness {

// The exit status: 0 when `run` returns true; else, and after a Failure, 1, with the ends of the logs shown.
[[nodiscard]] int run_program(const std::string& name, const std::string& parent,
                              const std::function<bool(TestDir&)>& run);

}  // namespace kvbus::harness
