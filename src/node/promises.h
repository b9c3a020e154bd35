// The writes that are under way at the disk, and the messages that may leave only once their write is
// durable. Owned by the loop thread. Always true: ids ascend; the front, if any, waits for the disk.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "raft/core.h"

namespace kvbus::node {

class Promises {
  public:
    // Keeps the write's promises. True: the write has to go to the disk. False: it stores nothing, and
    // becomes durable with the write before it.
    [[nodiscard]] bool add(raft::Write& write);

    // A write that stores nothing and waits for nothing is durable at once: settle it with persisted().
    [[nodiscard]] std::optional<raft::WriteId> durable_already() const;

    struct Settled {
        raft::WriteId through;
        std::vector<raft::Envelope> send;
    };
    // The disk has finished all writes up to `through`.
    [[nodiscard]] Settled persisted(raft::WriteId through);

    [[nodiscard]] bool empty() const { return waiting_.empty(); }

  private:
    struct Waiting {
        raft::WriteId id;
        bool on_disk = false;
        std::vector<raft::Envelope> then_send;
    };
    std::deque<Waiting> waiting_;
};

}  // namespace kvbus::node
