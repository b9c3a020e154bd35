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

    struct Wishes {
        Index wanted;  // somebody waits for a snapshot that reaches it; zero: nobody
        bool last_is_fetched =
            false;  // who fetches the last one is given time, within limits, to have it whole
    };
    // Once per turn, between entries: begins a snapshot when it is time, or goes on with the one under way.
    // `machine` is that after the entry `applied`, and `membership` as of it.
    void turn(Instant now, raft::EntryId applied, const raft::Membership& membership, const Wishes& wishes,
              machine::Machine& machine, Disk& disk);

    // Of free disk space, without which none is begun; 0: there is enough.
    [[nodiscard]] std::uint64_t lacked_bytes() const { return lacked_bytes_; }

    // The snapshot that was finished last is durable. Whether it counts: not when a newer one was installed
    // meanwhile.
    [[nodiscard]] bool published(const wire::SnapshotManifest& manifest);
    // What is under way is not to count.
    void abandon(machine::Machine& machine, Disk& disk);
    // One that was received is about to take the place of machine and log.
    void superseded(const wire::SnapshotManifest& manifest, machine::Machine& machine, Disk& disk);

    [[nodiscard]] Instant deadline() const { return due_; }
    // Of the one that counts; zero while there is none.
    [[nodiscard]] Index last_index() const { return last_index_; }
    [[nodiscard]] std::uint64_t last_bytes() const { return last_bytes_; }

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
    [[nodiscard]] bool is_due(const Wishes& wishes, Index applied) const;
    [[nodiscard]] bool has_room(const machine::Machine& machine, const Disk& disk);
    [[nodiscard]] std::uint64_t draw_id();
    [[nodiscard]] Index drop_through(Index last) const;

    SnapshotPolicy policy_;
    NodeId self_;
    Random random_;
    std::unique_ptr<Walk> walk_;
    bool publishing_ = false;
    std::uint64_t lacked_bytes_ = 0;       // and said so
    Index last_index_;                     // of the snapshot that counts
    std::uint64_t last_bytes_ = 0;         // of it
    std::uint64_t log_bytes_ = 0;          // in the log since this process began, and before as far as known
    std::uint64_t log_bytes_at_last_ = 0;  // of them up to the snapshot that counts
    std::uint64_t log_bytes_at_walk_ = 0;
    std::deque<Mark> marks_;
    Instant due_ = never;
};

}  // namespace kvbus::node
