// Why the operations on one key are not linearizable, in a few lines for a person. One thread.
//
// A history grows with every return, and what is not linearizable stays so. So there is a first return after
// which no order is left, and all that had returned before has one: the two that the explanation shows. That
// operation is always a read, as a write under way can still take effect last.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "linearizability/operation.h"
#include "linearizability/register.h"
#include "linearizability/search.h"

namespace kvbus::linearizability {

// `actions` were made from `operations`, and there is no order of them.
[[nodiscard]] std::string explain(std::span<const Operation* const> operations, const Register& actions,
                                  const Limits& limits);

// How far a search came that was too hard.
[[nodiscard]] std::string explain_effort(std::string_view key, const Register& actions,
                                         const SearchResult& result);

}  // namespace kvbus::linearizability
