#include "raft/quorum.h"

#include "base/mutant.h"

namespace kvbus::raft {

bool VoteTally::has_answered(NodeId voter) const {
    return std::ranges::count(granted_, voter) + std::ranges::count(denied_, voter) > 0;
}

void VoteTally::record(NodeId voter, bool granted) {
    if (!has_answered(voter) || mutated(Mutant::duplicate_votes))
        (granted ? granted_ : denied_).push_back(voter);
}

VoteTally::Outcome VoteTally::outcome(const Membership& membership, NodeId presumed_dead) const {
    const auto is_voter = [&](NodeId node) { return std::ranges::binary_search(membership.voters, node); };
    const auto granted = static_cast<std::size_t>(std::ranges::count_if(granted_, is_voter));
    auto denied = static_cast<std::size_t>(std::ranges::count_if(denied_, is_voter));
    if (is_voter(presumed_dead) && !has_answered(presumed_dead)) ++denied;

    const std::size_t majority = majority_of(membership.voters.size());
    if (granted >= majority) return Outcome::won;
    return denied > membership.voters.size() - majority ? Outcome::lost : Outcome::open;
}

}  // namespace kvbus::raft
