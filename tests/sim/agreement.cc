#include "sim/agreement.h"

#include <string>

#include "scenario/violation.h"

namespace kvbus::sim {

using scenario::Violation;

namespace {

// To compare everything takes long; what differs stays so, for the most part.
constexpr std::uint64_t all_compared_every = 256;

}  // namespace

void Agreement::check(NodeId node, Index applied, const machine::Machine& machine, Committed& committed) {
    const auto at = [&] {
        return std::to_string(node.value) + " at index " + std::to_string(applied.value) + " ";
    };
    if (machine.revision() != committed.revision_at(applied)) {
        throw Violation(at() + "is at revision " + std::to_string(machine.revision().value) + ", not " +
                        std::to_string(committed.revision_at(applied).value));
    }
    const Held held{machine.state_hash(), machine.session_count(), machine.compacted(), machine.time(),
                    machine.replica_hash()};
    const auto [known, is_new] = held_.emplace(applied, held);
    const Held& other = known->second;
    if (held.state_hash != other.state_hash)
        throw Violation(at() + "does not hold the keys that another node held there");
    if (held.sessions != other.sessions) {
        throw Violation(at() + "has " + std::to_string(held.sessions) + " sessions, and another node had " +
                        std::to_string(other.sessions) + " there");
    }
    if (held.compacted != other.compacted) {
        throw Violation(at() + "is compacted up to revision " + std::to_string(held.compacted.value) +
                        ", and another node was up to " + std::to_string(other.compacted.value) + " there");
    }
    if (held.time != other.time) {
        throw Violation(at() + "has a cluster time of " + std::to_string(held.time.count()) +
                        " ns, and another node had " + std::to_string(other.time.count()) + " there");
    }
    if (held.replica_hash != other.replica_hash)
        throw Violation(at() + "would not answer what another node would have answered there");
    if (!is_new || applied != committed.applied()) return;
    committed.compare_changes(machine);
    if (++compared_ % all_compared_every == 0) committed.compare_all(machine);
}

}  // namespace kvbus::sim
