#include "system/watch/reference.h"

#include <string>

namespace kvbus::watch {

void Reference::take(const Result<WatchBatch>& batch) {
    const std::lock_guard lock(mutex_);
    if (!batch.ok()) {
        if (batch.error().code != Code::closed)
            violations_.add("the watch of everything ended: " + batch.error().message);
        return;
    }
    for (const auto& event : batch->events)
        take(event);
    next_ = batch->next.value;
}

// A key's version counts its writes without a gap, so no change can be missing or told twice.
void Reference::take(const WatchEvent& event) {
    const auto number = key_number(event.kv.key);
    const auto revision = event.kv.mod_revision.value;
    const auto violated = [&](const std::string& what) {
        violations_.add("revision " + std::to_string(revision) + ", " + event.kv.key + ": " + what);
    };
    if (!number) return violated("nobody writes this key");
    auto& key = keys_[*number];
    if (!all_.empty() && revision < all_.back().revision) violated("told after a newer one");
    if (revision <= key.mod_revision) violated("told twice");
    if (!event.is_put) {
        if (key.version == 0) violated("removed, but it was not there");
        key = {.mod_revision = revision};
        all_.push_back({revision, {*number, false, 0}});
        return;
    }
    if (event.kv.version != key.version + 1) {
        violated("version " + std::to_string(event.kv.version) + " comes after version " +
                 std::to_string(key.version));
    }
    if (event.kv.create_revision.value != (key.version == 0 ? revision : key.create_revision))
        violated("has the create revision " + std::to_string(event.kv.create_revision.value));
    const auto value = value_hash(event.kv.value);
    key = {event.kv.create_revision.value, revision, event.kv.version, value};
    all_.push_back({revision, {*number, true, value}});
}

std::uint64_t Reference::next() const {
    const std::lock_guard lock(mutex_);
    return next_;
}

std::vector<Seen> Reference::all() const {
    const std::lock_guard lock(mutex_);
    return all_;
}

void Reference::check(const std::vector<KeyValue>& there) const {
    const std::lock_guard lock(mutex_);
    std::vector<Key> found(keys_count);
    for (const auto& entry : there) {
        if (const auto number = key_number(entry.key)) {
            found[*number] = {entry.create_revision.value, entry.mod_revision.value, entry.version,
                              value_hash(entry.value)};
        }
    }
    for (std::uint32_t key = 0; key < keys_count; ++key) {
        const auto& told = keys_[key];
        const auto& is = found[key];
        if (told.version != is.version || told.value != is.value ||
            (is.version != 0 && told.mod_revision != is.mod_revision)) {
            violations_.add(key_name(key) + " is there at version " + std::to_string(is.version) +
                            ", but its watch ends with version " + std::to_string(told.version));
        }
    }
}

}  // namespace kvbus::watch
