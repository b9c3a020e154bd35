// What this node knows of the others: the configured members, and what each said of itself in its greeting.
// Owned by the loop thread.
#pragma once

#include <optional>
#include <vector>

#include <kvbus/types.h>

#include "base/time.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class Peers {
  public:
    Peers(NodeId self, std::vector<Member> members) : self_(self), members_(std::move(members)) {}

    // False: from a stranger.
    bool greeted(NodeId from, const wire::Greeting& greeting);

    // The nodes to greet now: those that have not greeted yet, every half second.
    [[nodiscard]] std::vector<NodeId> due(Instant now);
    [[nodiscard]] Instant deadline() const { return next_; }

    [[nodiscard]] const std::vector<Member>& members() const { return members_; }
    [[nodiscard]] bool known(NodeId node) const;

  private:
    NodeId self_;
    std::vector<Member> members_;
    Instant next_{};
};

}  // namespace kvbus::node
