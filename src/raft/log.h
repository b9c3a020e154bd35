// The log as the core sees it: a window of entries in memory, and how much of it the disk has been told and
// has stored. Entries up to `base` are on disk only, or covered by a snapshot. Owned by the core; a plain
// value.
//
// Always true: indexes are contiguous and terms never decrease; base <= told <= last; durable <= told; the
// last entry of each write in flight, as far as it is still wanted, never exceeds what the disk has been
// told. base <= durable as well, but for the time until the write of an install is durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "raft/types.h"

namespace kvbus::raft {

class Log {
  public:
    Log(EntryId base, std::vector<Entry> entries);  // all of them durable

    [[nodiscard]] EntryId base() const { return base_; }
    [[nodiscard]] EntryId last() const { return entries_.empty() ? base_ : entries_.back().id; }
    [[nodiscard]] Index durable() const { return durable_; }

    // Nothing below the window and above the end.
    [[nodiscard]] std::optional<Term> term_of(Index index) const;
    [[nodiscard]] const Entry& at(Index index) const;  // base < index <= last

    // Whether a log that ends with `other` is at least as up to date as this one (5.4.1).
    [[nodiscard]] bool is_not_ahead_of(EntryId other) const;

    // The last entry whose index and term are both at most those of `limit`: where a log that ends with
    // `limit` can still match. Below the window terms are unknown: the answer is then the highest such index,
    // without a term.
    [[nodiscard]] EntryId last_at_most(EntryId limit) const;

    // From `first` on, until the next entry would exceed a limit; at least one.
    [[nodiscard]] std::vector<Entry> slice(Index first, std::uint64_t bytes_max, std::size_t count_max) const;
    [[nodiscard]] std::vector<Entry> range(Index first, Index last) const;     // inclusive
    [[nodiscard]] std::uint64_t bytes_between(Index first, Index last) const;  // inclusive

    void append(Entry entry);
    void truncate_from(Index index);  // base < index; drops it and all after it

    // A snapshot covers everything up to `last`, which becomes the base. What follows stays if the log holds
    // `last`. True: so it is on disk, too. False: the next write replaces the log there, and until it is
    // durable nothing after `committed` counts as durable: what is on disk may be another log.
    bool install(EntryId last, Index committed);

    // What the disk must be told to hold this log, given everything it was told before.
    struct Change {
        std::optional<Index> truncate_from;
        std::vector<Entry> append;
    };
    [[nodiscard]] bool has_unwritten() const { return truncated_from_ || told_ < last().index; }
    [[nodiscard]] Change begin_write(WriteId id);
    void finish_writes(WriteId through);

    // Lets go of the oldest entries while more than `bytes_max` are held, but of none after `through` or not
    // durable.
    void shrink(Index through, std::uint64_t bytes_max);

    struct InFlight {
        WriteId id;
        Index last;  // durable once the write is; lowered when a truncation overtakes it
    };
    [[nodiscard]] const std::deque<InFlight>& in_flight() const { return in_flight_; }
    [[nodiscard]] Index told() const { return told_; }

  private:
    [[nodiscard]] std::size_t position(Index index) const { return index - base_.index - 1; }
    void drop_front();
    void clip_in_flight(Index last);  // writes in flight count for no more than up to it

    EntryId base_;
    std::deque<Entry> entries_;
    std::uint64_t bytes_ = 0;
    Index durable_;
    Index told_;  // the last entry that the disk holds once all writes in flight are done
    std::optional<Index> truncated_from_;  // not told yet
    std::deque<InFlight> in_flight_;
};

}  // namespace kvbus::raft
