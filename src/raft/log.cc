#include "raft/log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::raft {

Log::Log(EntryId base, std::vector<Entry> entries) : base_(base), durable_(base.index), told_(base.index) {
    for (Entry& entry : entries)
        append(std::move(entry));
    durable_ = told_ = last().index;
}

std::optional<Term> Log::term_of(Index index) const {
    if (index == base_.index) return base_.term;
    if (index < base_.index || index > last().index) return std::nullopt;
    return entries_[position(index)].id.term;
}

const Entry& Log::at(Index index) const {
    KV_CHECK(index > base_.index && index <= last().index);
    return entries_[position(index)];
}

bool Log::is_not_ahead_of(EntryId other) const {
    const EntryId own = last();
    if (mutated(Mutant::no_log_check_on_vote)) return true;
    if (mutated(Mutant::length_only_log_check)) return other.index >= own.index;
    return other.term > own.term || (other.term == own.term && other.index >= own.index);
}

EntryId Log::last_at_most(EntryId limit) const {
    const Index highest = std::min(limit.index, last().index);
    if (highest < base_.index) return {Term{}, highest};
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(highest - base_.index);
    const auto above = std::partition_point(entries_.begin(), end,
                                            [&](const Entry& entry) { return entry.id.term <= limit.term; });
    if (above != entries_.begin()) return std::prev(above)->id;
    if (base_.term <= limit.term) return base_;
    return {Term{}, base_.index - 1};
}

std::vector<Entry> Log::slice(Index first, std::uint64_t bytes_max, std::size_t count_max) const {
    std::uint64_t bytes = at(first).data.size();
    Index last_taken = first;
    while (last_taken < last().index && last_taken - first + 1 < count_max) {
        bytes += at(last_taken + 1).data.size();
        if (bytes > bytes_max) break;
        last_taken = last_taken + 1;
    }
    return range(first, last_taken);
}

std::vector<Entry> Log::range(Index first, Index last) const {
    if (first > last) return {};
    KV_CHECK(first > base_.index && last <= this->last().index);
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(position(first));
    return {begin, begin + static_cast<std::ptrdiff_t>(last - first + 1)};
}

std::uint64_t Log::bytes_between(Index first, Index last) const {
    std::uint64_t bytes = 0;
    for (Index index = first; index <= last; index = index + 1)
        bytes += at(index).data.size();
    return bytes;
}

void Log::append(Entry entry) {
    KV_CHECK(entry.id.index == last().index + 1);
    KV_CHECK(entry.id.term >= last().term);
    bytes_ += entry.data.size();
    entries_.push_back(std::move(entry));
}

void Log::truncate_from(Index index) {
    KV_CHECK(index > base_.index && index <= last().index);
    while (last().index >= index) {
        bytes_ -= entries_.back().data.size();
        entries_.pop_back();
    }
    if (index <= told_) {
        truncated_from_ = index;  // below any earlier one, for told_ was lowered with it
        told_ = index - 1;
    }
    // A write that was overtaken must not count for other entries that come to stand at the same indexes.
    if (index <= durable_) sometimes(Sometimes::truncation_of_durable_entries);
    durable_ = std::min(durable_, index - 1);
    if (std::ranges::any_of(in_flight_, [&](const InFlight& write) { return index <= write.last; }))
        sometimes(Sometimes::truncation_of_in_flight_writes);
    if (!mutated(Mutant::truncation_does_not_clip_in_flight)) clip_in_flight(index - 1);
}

bool Log::install(EntryId last, Index committed) {
    const bool holds_last = term_of(last.index) == last.term;
    while (!entries_.empty() && (!holds_last || base_.index < last.index))
        drop_front();
    base_ = last;
    if (holds_last && last.index <= told_) return true;

    told_ = last.index;
    truncated_from_.reset();
    durable_ = std::min(durable_, committed);
    if (!in_flight_.empty()) sometimes(Sometimes::install_overtakes_writes);
    clip_in_flight(committed);
    return false;
}

void Log::drop_front() {
    base_ = entries_.front().id;
    bytes_ -= entries_.front().data.size();
    entries_.pop_front();
}

void Log::clip_in_flight(Index last) {
    for (InFlight& write : in_flight_)
        write.last = std::min(write.last, last);
}

Log::Change Log::begin_write(WriteId id) {
    KV_CHECK(in_flight_.empty() || in_flight_.back().id < id);
    Change change{std::exchange(truncated_from_, std::nullopt), range(told_ + 1, last().index)};
    told_ = last().index;
    in_flight_.push_back({id, told_});
    return change;
}

void Log::finish_writes(WriteId through) {
    while (!in_flight_.empty() && in_flight_.front().id <= through) {
        durable_ = std::max(durable_, in_flight_.front().last);
        in_flight_.pop_front();
    }
}

void Log::shrink(Index through, std::uint64_t bytes_max) {
    const Index limit = std::min(through, durable_);
    while (bytes_ > bytes_max && base_.index < limit) {
        sometimes(Sometimes::log_window_let_go);
        drop_front();
    }
}

}  // namespace kvbus::raft
