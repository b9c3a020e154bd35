// The definition of linearizability, tried out: every order of the operations that real time allows, with
// every choice of the unknown ones, and no cleverness. For histories of about ten operations. One thread.
#pragma once

#include <span>

#include "linearizability/operation.h"

namespace kvbus::linearizability {

// All operations must be on one key.
[[nodiscard]] bool oracle_finds_order(std::span<const Operation> history);

// Whether `order` is one: all acknowledged operations once, unknown writes at most once, nothing else, real
// time respected and each read seeing the last write.
[[nodiscard]] bool oracle_accepts(std::span<const Operation* const> order,
                                  std::span<const Operation> history);

}  // namespace kvbus::linearizability
