#include "scenario/memory_disk.h"

#include <algorithm>
#include <string>
#include <utility>

#include "raft/trace.h"

namespace kvbus::scenario {
namespace {

void require(bool holds, const char* what, const raft::Write& write) {
    if (!holds) throw Violation(std::string{what} + ": " + raft::describe(write));
}

void change(std::vector<raft::Entry>& log, const raft::Write& write) {
    if (write.truncate_from) log.resize(write.truncate_from->value - 1);
    log.insert(log.end(), write.append.begin(), write.append.end());
}

void check_hard_state(const raft::HardState& before, const raft::Write& write, std::uint64_t last) {
    if (!write.hard_state) return;
    const raft::HardState& after = *write.hard_state;
    require(after.term >= before.term, "a term goes backwards on disk", write);
    require(after.term > before.term || !before.vote || after.vote == before.vote,
            "a vote changes within its term", write);
    require(after.commit >= before.commit, "a commit index goes backwards on disk", write);
    require(after.commit.value <= last, "a commit index on disk exceeds the log on disk", write);
}

void check_log(const std::vector<raft::Entry>& before, const raft::Write& write) {
    std::uint64_t last = before.size();
    if (write.truncate_from) {
        require(write.truncate_from->value >= 1 && write.truncate_from->value <= last,
                "a truncation outside the log", write);
        last = write.truncate_from->value - 1;
    }
    Term term = last == 0 ? Term{} : before[last - 1].id.term;
    for (const raft::Entry& entry : write.append) {
        require(entry.id.index.value == last + 1, "a gap in the log", write);
        require(entry.id.term >= term, "terms fall along the log", write);
        last = entry.id.index.value;
        term = entry.id.term;
    }
}

}  // namespace

MemoryDisk::MemoryDisk(raft::HardState hard_state, std::vector<raft::Entry> entries)
    : hard_state_(hard_state),
      written_hard_state_(hard_state),
      durable_(std::move(entries)),
      written_(durable_) {}

void MemoryDisk::submit(raft::Write write) {
    require(write.id > last_id_, "writes are not numbered in order", write);
    last_id_ = write.id;
    check_log(written_, write);
    change(written_, write);
    check_hard_state(written_hard_state_, write, written_.size());
    if (write.hard_state) written_hard_state_ = *write.hard_state;
    in_flight_.push_back(std::move(write));
}

raft::Write MemoryDisk::complete_one() {
    if (in_flight_.empty()) throw Violation("no write is in flight");
    raft::Write write = std::move(in_flight_.front());
    in_flight_.pop_front();
    change(durable_, write);
    if (write.hard_state) hard_state_ = *write.hard_state;
    return write;
}

void MemoryDisk::forget_last() {
    if (durable_.size() <= hard_state_.commit.value) return;
    durable_.pop_back();
    written_ = durable_;
}

void MemoryDisk::crash() {
    in_flight_.clear();
    written_ = durable_;
    written_hard_state_ = hard_state_;
    last_id_ = {};
}

raft::Boot MemoryDisk::boot(raft::Membership membership, Index base) const {
    const auto kept = std::min<std::size_t>(base.value, durable_.size());
    return raft::Boot{.hard_state = hard_state_,
                      .membership = std::move(membership),
                      .base = kept == 0 ? raft::EntryId{} : durable_[kept - 1].id,
                      .entries = {durable_.begin() + static_cast<std::ptrdiff_t>(kept), durable_.end()}};
}

std::vector<raft::Entry> MemoryDisk::read(const raft::LogFetch& fetch) const {
    if (fetch.first.value == 0 || fetch.first > fetch.last || fetch.last.value > durable_.size()) {
        throw Violation("a fetch of what is not on disk: " + raft::describe(fetch));
    }
    std::vector<raft::Entry> entries;
    std::uint64_t bytes = 0;
    for (std::uint64_t index = fetch.first.value; index <= fetch.last.value; ++index) {
        if (entries.size() >= 2 && bytes >= fetch.bytes_max) break;
        entries.push_back(durable_[index - 1]);
        bytes += entries.back().data.size();
    }
    return entries;
}

}  // namespace kvbus::scenario
