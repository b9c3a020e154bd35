// What the code of an answer says about the fate of a call, for histories. Any thread.
#pragma once

#include <kvbus/error.h>

#include "linearizability/operation.h"

namespace kvbus::harness {

using linearizability::Outcome;

[[nodiscard]] Outcome outcome_of_write(Code code);
// A read has no effect, so that one without an answer failed.
[[nodiscard]] Outcome outcome_of_read(Code code);

}  // namespace kvbus::harness
