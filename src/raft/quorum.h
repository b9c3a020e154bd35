// Majorities: what most of the voters have reached, and whether most of them said yes. The one place that
// knows what a quorum is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/mutant.h"
#include "raft/types.h"

namespace kvbus::raft {

constexpr std::size_t voters_max = 64;

inline std::size_t majority_of(std::size_t voters) {
    if (mutated(Mutant::quorum_n_over_2) && voters > 1) return voters / 2;
    return voters / 2 + 1;
}

// The largest value that a majority of the voters has reached; value_of(NodeId) tells what each has.
template <class ValueOf>
[[nodiscard]] auto reached_by_majority(const Membership& membership, ValueOf value_of) {
    std::array<std::invoke_result_t<ValueOf, NodeId>, voters_max> values{};
    const auto end =
        std::transform(membership.voters.begin(), membership.voters.end(), values.begin(), value_of);
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(majority_of(membership.voters.size()) - 1);
    std::nth_element(values.begin(), nth, end, std::greater<>{});
    return *nth;
}

// The answers to one campaign. A voter's first answer counts.
class VoteTally {
  public:
    enum class Outcome : std::uint8_t { open, won, lost };

    void record(NodeId voter, bool granted);
    // A voter that is presumed dead counts as a denial until it answers.
    [[nodiscard]] Outcome outcome(const Membership& membership, NodeId presumed_dead = {}) const;

  private:
    [[nodiscard]] bool has_answered(NodeId voter) const;

    std::vector<NodeId> granted_;
    std::vector<NodeId> denied_;
};

}  // namespace kvbus::raft
