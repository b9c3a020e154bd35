// A disk for tests of the core: writes become durable one by one and only when told to, and a crash loses the
// rest. Snapshots are their metas only.
//
// Always true: the durable log is contiguous from the entry after its start; what is before that is covered
// by the snapshot that counts; writes complete in the order of their ids. A write that breaks the contract of
// raft::Write throws Violation.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "raft/core.h"
#include "scenario/violation.h"

namespace kvbus::scenario {

class MemoryDisk {
  public:
    struct Stored {
        raft::HardState hard_state;
        std::optional<raft::SnapshotMeta> snapshot;  // the one that counts
        raft::EntryId log_start;         // the entry before the first of `log`; zero when none was dropped
        std::vector<raft::Entry> log{};  // log[0] has the index log_start.index + 1

        [[nodiscard]] Index last() const { return log_start.index + log.size(); }
        // Zero for what is neither in the log nor its start.
        [[nodiscard]] raft::EntryId id_at(Index index) const;
        [[nodiscard]] const raft::Entry& at(Index index) const;  // throws std::out_of_range
    };

    MemoryDisk() = default;
    MemoryDisk(raft::HardState hard_state, std::vector<raft::Entry> entries);  // already durable
    explicit MemoryDisk(Stored stored);

    void submit(raft::Write write);
    raft::Write complete_one();  // the oldest write becomes durable; returned for its id and promises

    // A snapshot of its own counts, and the log up to `drop_through` is gone. Durable at once, before the
    // writes in flight: whoever queues it calls this when all that was submitted before is durable. Gives the
    // new log_start, for Core::compacted(). What the snapshot covers must be durable, and a later one must
    // not count already.
    raft::EntryId publish(const raft::SnapshotMeta& snapshot, Index drop_through);

    void forget_last();  // entry, unless it is known to be committed: a disk that lies
    void crash();        // what is not durable is gone; the next process numbers its writes anew

    [[nodiscard]] const std::deque<raft::Write>& in_flight() const { return in_flight_; }
    [[nodiscard]] const Stored& durable() const { return durable_; }
    [[nodiscard]] const Stored& written() const { return written_; }  // with all in flight

    // What a process that starts now finds. Entries up to `base` count as applied and stay on the disk; what
    // the snapshot covers always counts as applied, and as committed.
    [[nodiscard]] raft::Boot boot(raft::Membership membership, Index base) const;

    // The answer to a fetch: entries from `first` on, cut as LogFetch says. They must be durable, or gone:
    // then the answer is empty.
    [[nodiscard]] std::vector<raft::Entry> read(const raft::LogFetch& fetch) const;

  private:
    Stored durable_;
    Stored written_;
    std::deque<raft::Write> in_flight_;
    raft::WriteId last_id_;
};

}  // namespace kvbus::scenario
