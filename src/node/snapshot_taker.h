// Takes snapshots of this node's own machine, so that the log does not grow for ever: walks the machine a
// part in each turn, while commands go on, and lets the log go that the snapshot replaces. Owned by the loop
// thread.
//
// Always true: one snapshot at most is under way, of the moment after an entry that was applied.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "base/random.h"
#include "machine/machine.h"
#include "node/ports.h"
#include "node/snapshot_policy.h"
#include "wire/snapshot.h"

namespace kvbus::node {

class SnapshotTaker {
  public:
    // `log_bytes` since the snapshot `last`, up to the entry `applied`.
    SnapshotTaker(const SnapshotPolicy& policy, NodeId self, std::uint64_t seed,
                  const wire::SnapshotManifest* last, Index applied, std::uint64_t log_bytes);

    void applied(const raft::Entry& entry);

    // Once per turn, between entries: begins a snapshot when it is time, or goes on with the one under way.
    // `machine` is that after the entry `applied`, and `membership` as of it. While others fetch the last
    // one they are given time, within limits, to have it whole.
    void turn(Instant now, raft::EntryId applied, const raft::Membership& membership, bool last_is_fetched,
              machine::Machine& machine, Disk& disk);

    // The snapshot that was finished last is durable. Whether it counts: not when a newer one was installed
    // meanwhile.
    [[nodiscard]] bool published(const wire::SnapshotManifest& manifest);
    // One that was received is about to take the place of machine and log.
    void superseded(const wire::SnapshotManifest& manifest, machine::Machine& machine, Disk& disk);

    [[nodiscard]] Instant deadline() const { return due_; }
    [[nodiscard]] std::uint64_t last_bytes() const { return last_bytes_; }  // of the one that counts

  private:
    struct Walk {
        wire::SnapshotManifest manifest;
        wire::ImageWriter writer;
    };
    struct Mark {  // of the log, every now and then
        Index index;
        std::uint64_t bytes = 0;  // up to it
    };
    void begin(raft::EntryId applied, const raft::Membership& membership, machine::Machine& machine,
               Disk& disk);
    [[nodiscard]] bool is_due(bool last_is_fetched) const;
    [[nodiscard]] bool has_room(const machine::Machine& machine, const Disk& disk);
    [[nodiscard]] std::uint64_t draw_id();
    [[nodiscard]] Index drop_through(Index last) const;

    SnapshotPolicy policy_;
    NodeId self_;
    Random random_;
    std::unique_ptr<Walk> walk_;
    bool publishing_ = false;
    bool lacks_room_ = false;              // and said so
    Index last_index_;                     // of the snapshot that counts
    std::uint64_t last_bytes_ = 0;         // of it
    std::uint64_t log_bytes_ = 0;          // in the log since this process began, and before as far as known
    std::uint64_t log_bytes_at_last_ = 0;  // of them up to the snapshot that counts
    std::uint64_t log_bytes_at_walk_ = 0;
    std::deque<Mark> marks_;
    Instant due_ = never;
};

}  // namespace kvbus::node
