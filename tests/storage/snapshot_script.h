// An endless sequence of writes and snapshots as a follower would make them: appends, terms that take back
// what was not committed, snapshots of its own, and such as it receives, which replace its log or keep its
// end. The same seed and start give the same sequence, so that a parent knows what its child did.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "raft/core.h"
#include "storage/log_loader.h"
#include "storage/snapshot_support.h"

namespace kvbus::storage {

class SnapshotScript {
  public:
    SnapshotScript(std::uint64_t seed, const Recovered& from);

    struct Step {
        std::optional<TestSnapshot> snapshot;
        std::optional<raft::Write> write;  // which installs the snapshot; without one it is published
        Index drop_through;
    };
    [[nodiscard]] Step next();

    // As it is on disk once all steps so far are done.
    struct Log {
        raft::HardState hard_state;
        raft::EntryId base;
        std::vector<raft::EntryId> tail;
        friend bool operator==(const Log&, const Log&) = default;
    };
    [[nodiscard]] const Log& log() const { return log_; }
    [[nodiscard]] std::uint64_t writes() const { return writes_; }

  private:
    [[nodiscard]] TestSnapshot snapshot(raft::EntryId last);
    [[nodiscard]] raft::Write write();
    [[nodiscard]] Step install();
    [[nodiscard]] raft::Write finished(raft::Write write);
    [[nodiscard]] std::uint64_t last() const { return log_.base.index.value + log_.tail.size(); }
    void commit(std::uint64_t index);

    Random random_;
    std::uint64_t id_;  // of the last snapshot
    Index snapshot_last_;
    std::uint64_t writes_ = 0;
    Log log_;
};

}  // namespace kvbus::storage
