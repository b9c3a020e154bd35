#include "machine/history.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/mutant.h"
#include "machine/image.h"

namespace kvbus::machine {

void History::add(Key& key, Value* value) {
    KV_CHECK(value->mod_revision > compacted_ && value->mod_revision >= newest(), "a change out of order");
    const bool was_live = key.is_live();
    if (was_live) bytes_ += key.newest->bytes_held();  // else a tombstone, which counts already
    if (value->is_tombstone()) bytes_ += value->bytes_held() + key.bytes_held();
    if (key.newest != nullptr && !was_live) bytes_ -= key.bytes_held();
    bytes_ += sizeof(Change);
    value->older = key.newest;
    key.newest = value;
    changes_.push_back({value->mod_revision, &key, value});
}

void History::add_released(Key& key, Value* value) {
    KV_CHECK(key.newest == nullptr);
    value->released = telling_.mark();
    if (value->is_tombstone()) bytes_ += value->bytes_held() + key.bytes_held();
    key.newest = value;
}

void History::compact(Revision revision) {
    compacted_ = std::max(compacted_, revision);
}

// A change that is compacted takes along what it replaced. Nothing else points there: the event of the older
// value went before, and with it whatever that one had replaced.
void History::release_some(std::size_t events_max, const std::function<void(Key*)>& forget) {
    for (; events_max > 0 && !changes_.empty() && changes_.front().revision <= compacted_; --events_max) {
        if (telling_.running() && !mutated(Mutant::image_without_what_went_meanwhile)) [[unlikely]]
            tell_before_release();
        const Change change = changes_.front();
        changes_.pop_front();
        bytes_ -= sizeof(Change);
        change.value->released = telling_.mark();
        if (change.value->older != nullptr) release_value(std::exchange(change.value->older, nullptr));
        if (change.value->is_tombstone() && change.key->newest == change.value) {
            bytes_ -= change.key->bytes_held();
            release_value(std::exchange(change.key->newest, nullptr));
            forget(change.key);
        }
    }
}

void History::release_value(Value* value) {
    bytes_ -= value->bytes_held();
    Value::destroy(value);
}

void History::visit(Revision first, const std::function<bool(const Event&)>& visit,
                    std::uint64_t skipped) const {
    KV_CHECK(first > compacted_, "these changes are compacted");
    auto begin = first_from(first);
    if (skipped > 0) {
        const auto changes = static_cast<std::uint64_t>(first_from(Revision{first.value + 1}) - begin);
        begin += static_cast<std::ptrdiff_t>(std::min(skipped, changes));
    }
    for (auto change = begin; change != changes_.end(); ++change) {
        const Value& value = *change->value;
        Event event;
        event.is_put = !value.is_tombstone();
        event.record = record_of(*change->key, value);
        if (value.older != nullptr && !value.older->is_tombstone())
            event.previous = record_of(*change->key, *value.older);
        if (!visit(event)) return;
    }
}

// --- images ---

void History::begin_image(ImageSink& sink) {
    telling_.begin(sink);
    told_ = 0;
    untold_ = changes_.size();
    if (untold_ == 0) telling_.end();
}

void History::continue_image(std::size_t& parts) {
    constexpr std::size_t ahead = 8;  // enough to hide the wait for memory
    for (; telling_.running() && parts > 0; --parts) {
        if (const std::size_t at = told_ + 2 * ahead; at < changes_.size()) {
            __builtin_prefetch(changes_[at].key);
            __builtin_prefetch(changes_[at].value);
        }
        if (const std::size_t at = told_ + ahead; at < changes_.size())
            __builtin_prefetch(changes_[at].value->older);
        tell_next();
    }
}

// A value that was released before the image began, and replaced before, is found here and nowhere else: what
// held it was the change that replaced it.
void History::tell_next() {
    const Change& change = changes_[told_];
    const Value* older = change.value->older;
    if (older != nullptr && was_released(*older)) telling_.sink().base(record_of(*change.key, *older));
    telling_.sink().change(record_of(*change.key, *change.value));
    ++told_;
    if (--untold_ == 0) telling_.end();
}

void History::tell_before_release() {
    if (told_ == 0) tell_next();
    --told_;
}

// --- reads ---

std::optional<Revision> History::oldest() const {
    if (!changes_.empty() && changes_.front().revision > compacted_) return changes_.front().revision;
    const auto change = first_from(Revision{compacted_.value + 1});
    if (change == changes_.end()) return std::nullopt;
    return change->revision;
}

Revision History::newest() const {
    return changes_.empty() ? Revision{} : changes_.back().revision;
}

History::Changes::const_iterator History::first_from(Revision revision) const {
    return std::partition_point(changes_.begin(), changes_.end(),
                                [&](const Change& change) { return change.revision < revision; });
}

}  // namespace kvbus::machine
