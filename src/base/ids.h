// Strong types inside a node. The public ones are in <kvbus/types.h>.
#pragma once

#include <kvbus/types.h>

namespace kvbus {

using Term = Strong<struct TermTag>;
using Index = Strong<struct IndexTag>;        // position in the log; the first entry has index 1
using GroupId = Strong<struct GroupTag>;      // a Raft group within a process; today always 0
using Sequence = Strong<struct SequenceTag>;  // numbers a client's mutating requests from 1

constexpr Index operator+(Index index, std::uint64_t count) {
    return Index{index.value + count};
}
constexpr Index operator-(Index index, std::uint64_t count) {
    return Index{index.value - count};
}
constexpr std::uint64_t operator-(Index to, Index from) {
    return to.value - from.value;
}
constexpr Term operator+(Term term, std::uint64_t count) {
    return Term{term.value + count};
}
constexpr Sequence operator+(Sequence sequence, std::uint64_t count) {
    return Sequence{sequence.value + count};
}

}  // namespace kvbus
