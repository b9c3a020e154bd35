// What revisions promise beyond linearizability of each key: one order of all writes on all keys. Where a
// history carries revisions (Operation::revision), these checks are cheap and strict. One thread; no clock,
// no I/O.
//
//   - No two acknowledged writes have the same revision.
//   - A write that is called after a revision was returned to anyone, on any key, gets a greater one.
//   - A read that is called after a revision of its key was returned to anyone sees that or a greater one, or
//   no
//     key, if a delete can have come between.
//   - A read does not see a revision whose write was called after the read had returned.
//   - One revision of a key has one value.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "linearizability/operation.h"

namespace kvbus::linearizability {

// What is wrong, each in one line that names the operations; the first few. Operations of revision 0 and
// those whose outcome is not `ok` are taken to have none.
[[nodiscard]] std::vector<std::string> check_revisions(std::span<const Operation> history);

}  // namespace kvbus::linearizability
