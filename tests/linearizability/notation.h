// Histories as tests write them, one operation a line: "CALL-RETURN CLIENT put VALUE", "… delete", "… get
// VALUE" or "… get none". A "?" for the return makes the outcome unknown, a "!" after it makes the operation
// fail. Ids count from 1. The key is "x" unless the operation is followed by "on KEY", the revision 0 unless
// by "at REVISION".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linearizability/operation.h"

namespace kvbus::linearizability {

// A line that is none of these ends the test program.
[[nodiscard]] std::vector<Operation> history_of(const std::vector<std::string_view>& lines);

// What describe() says of each, for the messages of tests.
[[nodiscard]] std::string text_of(const std::vector<Operation>& history);

}  // namespace kvbus::linearizability
