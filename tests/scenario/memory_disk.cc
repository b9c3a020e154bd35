#include "scenario/memory_disk.h"

#include <algorithm>
#include <string>
#include <utility>

#include "raft/trace.h"

namespace kvbus::scenario {
namespace {

using Stored = MemoryDisk::Stored;

void require(bool holds, const char* what, const raft::Write& write) {
    if (!holds) throw Violation(std::string{what} + ": " + raft::describe(write));
}

void drop_through(Stored& stored, raft::EntryId last) {
    const Index index = std::min(last.index, stored.last());
    if (index > stored.log_start.index)
        stored.log.erase(stored.log.begin(),
                         stored.log.begin() + static_cast<std::ptrdiff_t>(index - stored.log_start.index));
    stored.log_start = last;
}

void install(Stored& stored, const raft::Write& write) {
    const raft::SnapshotMeta& snapshot = write.install->snapshot;
    require(!stored.snapshot || stored.snapshot->last.index < snapshot.last.index,
            "an install goes back on disk", write);
    require(!write.install->keeps_log || stored.id_at(snapshot.last.index) == snapshot.last,
            "an install keeps a log that does not hold its last entry", write);
    require(write.hard_state && write.hard_state->commit >= snapshot.last.index,
            "an install does not store what it commits", write);
    if (!write.install->keeps_log) stored.log.clear();
    drop_through(stored, snapshot.last);
    stored.snapshot = snapshot;
}

void truncate(Stored& stored, const raft::Write& write) {
    const Index first = *write.truncate_from;
    require(first > stored.log_start.index && first <= stored.last(), "a truncation outside the log", write);
    require(!write.install || write.install->keeps_log, "a truncation of a log that was replaced", write);
    stored.log.resize(first - stored.log_start.index - 1);
}

void append(Stored& stored, const raft::Write& write) {
    raft::EntryId previous = stored.id_at(stored.last());
    for (const raft::Entry& entry : write.append) {
        require(entry.id.index == previous.index + 1, "a gap in the log", write);
        require(entry.id.term >= previous.term, "terms fall along the log", write);
        stored.log.push_back(entry);
        previous = entry.id;
    }
}

void change(Stored& stored, const raft::Write& write) {
    if (write.install) install(stored, write);
    if (write.truncate_from) truncate(stored, write);
    append(stored, write);
    if (!write.hard_state) return;
    const raft::HardState& after = *write.hard_state;
    const raft::HardState& before = stored.hard_state;
    require(after.term >= before.term, "a term goes backwards on disk", write);
    require(after.term > before.term || !before.vote || after.vote == before.vote,
            "a vote changes within its term", write);
    require(after.commit >= before.commit, "a commit index goes backwards on disk", write);
    require(after.commit <= stored.last(), "a commit index on disk exceeds the log on disk", write);
    stored.hard_state = after;
}

}  // namespace

raft::EntryId Stored::id_at(Index index) const {
    if (index == log_start.index) return log_start;
    return index > log_start.index && index <= last() ? at(index).id : raft::EntryId{};
}

const raft::Entry& Stored::at(Index index) const {
    return log.at(index - log_start.index - 1);
}

MemoryDisk::MemoryDisk(raft::HardState hard_state, std::vector<raft::Entry> entries)
    : MemoryDisk(Stored{hard_state, std::nullopt, {}, std::move(entries)}) {}

MemoryDisk::MemoryDisk(Stored stored) : durable_(std::move(stored)), written_(durable_) {}

void MemoryDisk::submit(raft::Write write) {
    require(write.id > last_id_, "writes are not numbered in order", write);
    last_id_ = write.id;
    change(written_, write);
    in_flight_.push_back(std::move(write));
}

raft::Write MemoryDisk::complete_one() {
    if (in_flight_.empty()) throw Violation("no write is in flight");
    raft::Write write = std::move(in_flight_.front());
    in_flight_.pop_front();
    change(durable_, write);
    return write;
}

raft::EntryId MemoryDisk::publish(const raft::SnapshotMeta& snapshot, Index drop_through) {
    const bool goes_back = durable_.snapshot && snapshot.last.index < durable_.snapshot->last.index;
    if (goes_back || drop_through > snapshot.last.index ||
        durable_.id_at(snapshot.last.index) != snapshot.last) {
        throw Violation("a snapshot of what is not on disk is published: " + raft::describe(snapshot));
    }
    durable_.snapshot = snapshot;
    if (drop_through > durable_.log_start.index)
        scenario::drop_through(durable_, durable_.id_at(drop_through));
    written_ = durable_;
    for (const raft::Write& write : in_flight_)
        change(written_, write);
    return durable_.log_start;
}

void MemoryDisk::forget_last() {
    const Index committed = durable_.snapshot ? durable_.snapshot->last.index : Index{};
    if (durable_.last() <= std::max(durable_.hard_state.commit, committed)) return;
    durable_.log.pop_back();
    written_ = durable_;
}

void MemoryDisk::crash() {
    in_flight_.clear();
    written_ = durable_;
    last_id_ = {};
}

raft::Boot MemoryDisk::boot(raft::Membership membership, Index base) const {
    const Index covered = durable_.snapshot ? durable_.snapshot->last.index : Index{};
    const Index applied = std::clamp(base, covered, durable_.last());
    raft::HardState hard_state = durable_.hard_state;
    hard_state.commit = std::max(hard_state.commit, covered);
    return raft::Boot{
        .hard_state = hard_state,
        .membership = std::move(membership),
        .base = durable_.id_at(applied),
        .entries = {durable_.log.begin() + static_cast<std::ptrdiff_t>(applied - durable_.log_start.index),
                    durable_.log.end()},
        .log_start = durable_.log_start,
        .snapshot = durable_.snapshot};
}

std::vector<raft::Entry> MemoryDisk::read(const raft::LogFetch& fetch) const {
    if (fetch.first.value == 0 || fetch.first > fetch.last || fetch.last > durable_.last()) {
        throw Violation("a fetch of what is not on disk: " + raft::describe(fetch));
    }
    std::vector<raft::Entry> entries;
    if (fetch.first <= durable_.log_start.index) return entries;
    std::uint64_t bytes = 0;
    for (Index index = fetch.first; index <= fetch.last; index = index + 1) {
        if (entries.size() >= 2 && bytes >= fetch.bytes_max) break;
        entries.push_back(durable_.at(index));
        bytes += entries.back().data.size();
    }
    return entries;
}

}  // namespace kvbus::scenario
