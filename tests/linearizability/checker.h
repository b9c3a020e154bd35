// Is a history linearizable? Every operation of it must seem to take effect at one moment between its call
// and its return, in an order in which every read sees the last write. One thread; no clock, no I/O.
//
// Keys are independent (linearizability is local), so that each is searched by itself. Operations of which
// one returns in the nanosecond in which the other is called count as concurrent: a verdict of
// `not_linearizable` never depends on the resolution of a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "linearizability/operation.h"
#include "linearizability/search.h"

namespace kvbus::linearizability {

struct Report {
    Verdict verdict = Verdict::linearizable;  // `too_hard`: of at least one key, and no other is at fault
    std::size_t operations = 0;
    std::size_t keys = 0;
    std::string key;          // the first that is at fault
    std::string explanation;  // lines for a person; empty when linearizable
    std::uint64_t work = 0;   // actions looked at, the explanation not counted
};

[[nodiscard]] Report check(std::span<const Operation> history, const Limits& limits = {});

// As a person says it: "linearizable", "not linearizable", "too hard to tell".
[[nodiscard]] std::string_view name_of(Verdict verdict);

}  // namespace kvbus::linearizability
