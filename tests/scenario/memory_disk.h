// A disk for tests of the core: writes become durable one by one and only when told to, and a crash loses the
// rest.
//
// Always true: the durable log is contiguous from index 1; writes complete in the order of their ids. A write
// that breaks the contract of raft::Write throws Violation.
#pragma once

#include <deque>
#include <vector>

#include "raft/core.h"
#include "scenario/violation.h"

namespace kvbus::scenario {

class MemoryDisk {
  public:
    MemoryDisk() = default;
    MemoryDisk(raft::HardState hard_state, std::vector<raft::Entry> entries);  // already durable

    void submit(raft::Write write);
    raft::Write complete_one();  // the oldest write becomes durable; returned for its id and promises
    void forget_last();          // entry, unless it is known to be committed: a disk that lies
    void crash();                // what is not durable is gone; the next process numbers its writes anew

    [[nodiscard]] const std::deque<raft::Write>& in_flight() const { return in_flight_; }
    [[nodiscard]] const raft::HardState& hard_state() const { return hard_state_; }  // durable
    [[nodiscard]] const std::vector<raft::Entry>& durable() const { return durable_; }
    [[nodiscard]] const std::vector<raft::Entry>& written() const { return written_; }  // with all in flight
    [[nodiscard]] const raft::HardState& written_hard_state() const { return written_hard_state_; }

    // What a process that starts now finds. Entries up to `base` count as applied and stay on the disk.
    [[nodiscard]] raft::Boot boot(raft::Membership membership, Index base) const;

    // The answer to a fetch: entries from `first` on, cut as LogFetch says. They must be durable.
    [[nodiscard]] std::vector<raft::Entry> read(const raft::LogFetch& fetch) const;

  private:
    raft::HardState hard_state_;
    raft::HardState written_hard_state_;
    std::vector<raft::Entry> durable_;
    std::vector<raft::Entry> written_;
    std::deque<raft::Write> in_flight_;
    raft::WriteId last_id_;
};

}  // namespace kvbus::scenario
