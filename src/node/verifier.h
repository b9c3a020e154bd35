// Continuous verification: all replicas must have the same state at the same index of the log. About once a
// second the leader asks everybody for the hash of theirs at an index that it has applied itself. What most
// nodes have is right; where there is no majority, what the leader has. Who differs is told, and knows by
// itself that it does, the leader too. Owned by the loop thread.
//
// Always true: hashes are compared at equal indexes only; a hash is that of the state right after the entry.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <kvbus/types.h>

#include "base/time.h"
#include "raft/types.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class Verifier {
  public:
    enum class Standing : std::uint8_t {
        good,      // nobody has found a difference
        differs,   // from the others: the state is not to be used
        unproven,  // it differed, and was built anew since: from the disk, or from another node's snapshot
    };
    Verifier(NodeId self, Standing standing) : self_(self), standing_(standing) {}

    [[nodiscard]] Standing standing() const { return standing_; }
    [[nodiscard]] bool is_good() const { return standing_ == Standing::good; }

    // The state after an entry, or before any.
    void applied(Index index, std::uint64_t hash);
    // A snapshot took its place.
    void installed(Index index, std::uint64_t hash);

    void checked(NodeId from, const wire::StateCheck& check);
    void reported(Instant now, NodeId from, const wire::StateReport& report);

    // At the end of a turn; `voters` of the cluster, if this node leads, else none.
    void turn(Instant now, std::span<const NodeId> voters);
    [[nodiscard]] Instant deadline() const { return deadline_; }

    using Message = std::pair<NodeId, wire::PeerBody>;
    [[nodiscard]] std::vector<Message> take_messages() { return std::exchange(messages_, {}); }

    // Where this state and the others' were found to differ last.
    struct Difference {
        Index index;
        std::uint64_t own = 0;
        std::uint64_t agreed = 0;
    };
    [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }

  private:
    struct Known {
        Index index;
        std::uint64_t hash = 0;
    };
    struct Round {  // of questions about one index
        Known own;
        std::map<NodeId, wire::StateReport> reports{};
        std::optional<Instant> split_since{};   // that somebody needs to be told who is right
        std::optional<std::uint64_t> agreed{};  // what is right, once it is known then
    };

    [[nodiscard]] std::optional<std::uint64_t> hash_at(Index index) const;
    void answer(NodeId from, const wire::StateCheck& check);
    void compare(Index index, std::uint64_t own, std::uint64_t agreed);

    void ask(Instant now, std::span<const NodeId> voters);
    void decide(Instant now, std::span<const NodeId> voters);
    [[nodiscard]] bool is_settled(NodeId node) const;

    static constexpr std::size_t recent_max = 1024;

    NodeId self_;
    Standing standing_;
    std::optional<Difference> difference_;

    Index applied_;
    std::array<Known, recent_max> recent_{};  // of the last entries, each at its index modulo the size
    Known answered_;                          // last, since a verdict about it may follow
    std::optional<std::pair<NodeId, wire::StateCheck>> waiting_;  // until the map is as far

    std::optional<Round> round_;  // while this node leads
    Instant due_{};               // to ask again
    Instant deadline_ = never;
    std::vector<Message> messages_;
};

}  // namespace kvbus::node
