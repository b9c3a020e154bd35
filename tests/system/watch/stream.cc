#include "system/watch/stream.h"

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "sim/key_range.h"
#include "system/watch/keyspace.h"
#include "system/watch/writers.h"

namespace kvbus::watch {

void Stream::take(const Result<WatchBatch>& batch) {
    const std::lock_guard lock(mutex_);
    if (!batch.ok()) {
        if (batch.error().code != Code::closed) violated("ended: " + batch.error().message);
        return;
    }
    const auto next = batch->next.value;
    if (begin_ == 0) begin_ = wish_.options.revision ? wish_.options.revision.value : next;
    if (next < next_) violated("went back to revision " + std::to_string(next));
    const auto& events = batch->events;
    if (!events.empty()) {
        const auto first = events.front().kv.mod_revision.value, last = events.back().kv.mod_revision.value;
        if (!seen_.empty() && first == seen_.back().revision && !torn_)
            violated("revision " + std::to_string(first) + " goes on in another batch, unmarked");
        if (next != last + (batch->fragment ? 0 : 1) && next <= last)
            violated("goes on with revision " + std::to_string(next) + " after " + std::to_string(last));
        ++counts_.batches;
    }
    for (const auto& event : events)
        take(event);
    next_ = next;
    torn_ = batch->fragment;
    counts_.fragments += batch->fragment ? 1 : 0;
}

void Stream::take(const WatchEvent& event) {
    const auto number = key_number(event.kv.key);
    if (!number) return violated("tells of " + event.kv.key);
    const bool hides_values = wish_.options.keys_only;
    const auto value = event.is_put && !hides_values ? value_hash(event.kv.value) : 0;
    if (wish_.options.prev_kv && !wish_.options.no_put && !wish_.options.no_delete) {
        const auto known = values_.find(*number);
        const auto before = event.previous ? value_hash(event.previous->value) : 0;
        if (known != values_.end() && known->second != before)
            violated("revision " + std::to_string(event.kv.mod_revision.value) + " replaced something else");
        values_[*number] = value;
    }
    seen_.push_back({event.kv.mod_revision.value, {*number, event.is_put, value}});
    ++counts_.events;
    if (const auto written = written_at(event.kv.value))
        latencies_.record(static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, to_microseconds(monotonic_now() - *written))));
}

std::uint64_t Stream::next() const {
    const std::lock_guard lock(mutex_);
    return next_;
}

std::uint64_t Stream::resume() {
    const std::lock_guard lock(mutex_);
    while (!seen_.empty() && seen_.back().revision >= next_)
        seen_.pop_back();
    values_.clear();
    torn_ = false;
    return next_;
}

void Stream::restart(std::uint64_t revision) {
    const std::lock_guard lock(mutex_);
    seen_.clear();
    values_.clear();
    torn_ = false;
    begin_ = next_ = revision;
}

Histogram Stream::take_latencies() {
    const std::lock_guard lock(mutex_);
    return std::exchange(latencies_, Histogram());
}

Stream::Counts Stream::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

bool Stream::wants(const Change& change) const {
    const auto& options = wish_.options;
    return !(change.is_put ? options.no_put : options.no_delete) &&
           sim::covers(wish_.key, options.range_end, key_name(change.key));
}

void Stream::check(const std::vector<Seen>& all) const {
    const std::lock_guard lock(mutex_);
    auto told = seen_.begin();
    const auto text = [](const Seen& seen) {
        return std::string(seen.change.is_put ? "the write of " : "the removal of ") +
               key_name(seen.change.key) + " at revision " + std::to_string(seen.revision);
    };
    for (const auto& happened : all) {
        if (happened.revision < begin_ || !wants(happened.change)) continue;
        auto expected = happened;
        if (wish_.options.keys_only) expected.change.value = 0;
        if (told == seen_.end()) return violated("ends before " + text(expected));
        if (told->revision != expected.revision || told->change != expected.change)
            return violated("tells " + text(*told) + " instead of " + text(expected));
        ++told;
    }
    if (told != seen_.end()) violated("tells " + text(*told) + ", which nobody else saw");
}

}  // namespace kvbus::watch
