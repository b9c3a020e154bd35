#include "machine/keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "base/hash.h"
#include "base/sometimes.h"
#include "machine/arrange.h"

namespace kvbus::machine {
namespace {

constexpr Revision latest{std::numeric_limits<std::uint64_t>::max()};

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 32);
}

// The content is taken from where it came: its copy in the value is not in the cache yet.
std::uint64_t hash_of(std::uint64_t key_hash, std::string_view content, const Value& value) {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : {key_hash, hash_bytes(content), value.create_revision.value,
                                     value.mod_revision.value, value.version, value.lease.value}) {
        hash = mix(hash, word);
    }
    return hash;
}

}  // namespace

Keys::~Keys() {
    for (auto entry = ordered_.begin(); entry != ordered_.end(); ++entry)
        Key::destroy((*entry).key);
}

std::uint64_t Keys::prefix_of(std::string_view key) {
    std::uint64_t prefix = 0;
    if (!key.empty()) std::memcpy(&prefix, key.data(), std::min(key.size(), sizeof prefix));
    if constexpr (std::endian::native == std::endian::little) prefix = __builtin_bswap64(prefix);
    return prefix;
}

Key* Keys::find(const Probe& probe) const {
    return points_.find(probe.hash, [&](const Key& key) { return key.view() == probe.key; });
}

std::optional<Record> Keys::find(std::string_view name) const {
    const Key* key = find(Probe{name, hash_bytes(name)});
    if (key == nullptr || !key->is_live()) return std::nullopt;
    return record_of(*key, *key->newest);
}

// Three waits for memory, one after the other within a key but at once for all keys: slot, key, value.
void Keys::prefetch(std::span<const std::string_view> keys) const {
    constexpr std::size_t group_max = 64;
    std::array<std::uint64_t, group_max> hashes;
    std::array<Key*, group_max> found;
    while (!keys.empty()) {
        const auto group = keys.first(std::min(group_max, keys.size()));
        keys = keys.subspan(group.size());
        for (std::size_t i = 0; i < group.size(); ++i) {
            hashes[i] = hash_bytes(group[i]);
            points_.prefetch(hashes[i]);
        }
        // A hash of 64 bits names the key well enough for this.
        for (std::size_t i = 0; i < group.size(); ++i) {
            found[i] = points_.find(hashes[i], [](const Key&) { return true; });
            if (found[i] != nullptr) __builtin_prefetch(found[i]);
        }
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (found[i] != nullptr) __builtin_prefetch(found[i]->newest);
        }
    }
}

// --- changes ---

void Keys::count_in(const Key& key) {
    bytes_ += key.size + key.newest->size;
    content_hash_ += key.newest->hash;
}

void Keys::count_out(const Key& key) {
    bytes_ -= key.size + key.newest->size;
    content_hash_ -= key.newest->hash;
}

void Keys::put(std::string_view name, std::string_view content, LeaseId lease, Revision revision) {
    const Probe probe{name, hash_bytes(name)};
    Value* value = Value::make(content);
    value->create_revision = value->mod_revision = revision;
    value->version = 1;
    value->lease = lease;
    Key* key = find(probe);
    if (key == nullptr) {
        key = add_key(probe);
    } else if (key->is_live()) {
        value->create_revision = key->newest->create_revision;
        value->version = key->newest->version + 1;
        count_out(*key);
    } else {
        sometimes(Sometimes::removed_key_put_again);
        ordered_.set_live(ordered(key), true);
    }
    value->hash = hash_of(probe.hash, content, *value);
    history_.add(*key, value);
    count_in(*key);
}

Key* Keys::add_key(const Probe& probe) {
    Key* key = Key::make(probe.key);
    points_.insert(probe.hash, key);
    ordered_.insert(ordered(key));
    return key;
}

void Keys::forget_key(Key* key) {
    points_.erase(hash_bytes(key->view()), key);
    ordered_.erase(ordered(key));
    Key::destroy(key);
}

std::uint64_t Keys::remove(std::string_view name, std::string_view range_end, Revision revision,
                           const OnRemoved& on_removed) {
    if (!range_end.empty()) return remove_range(name, range_end, revision, on_removed);
    Key* key = find(Probe{name, hash_bytes(name)});
    if (key == nullptr || !key->is_live()) {
        sometimes(Sometimes::remove_of_missing_key);
        return 0;
    }
    remove_live(key, revision, on_removed);
    return 1;
}

void Keys::remove_live(Key* key, Revision revision, const OnRemoved& on_removed) {
    if (on_removed) on_removed(record_of(*key, *key->newest));
    count_out(*key);
    ordered_.set_live(ordered(key), false);
    Value* tombstone = Value::make({});
    tombstone->mod_revision = revision;
    history_.add(*key, tombstone);
}

std::uint64_t Keys::remove_range(std::string_view name, std::string_view range_end, Revision revision,
                                 const OnRemoved& on_removed) {
    const Stretch stretch = find_range(name, range_end);
    if (stretch.live == 0) sometimes(Sometimes::remove_of_empty_range);
    for (auto entry = stretch.first; entry != stretch.last; ++entry) {
        if (entry.live()) remove_live((*entry).key, revision, on_removed);
    }
    return stretch.live;
}

// --- reads ---

Keys::Stretch Keys::find_range(std::string_view key, std::string_view range_end) const {
    const bool open_ended = range_end == std::string_view{"\0", 1};
    if (!open_ended && range_end <= key) return {ordered_.end(), ordered_.end(), 0};
    const auto first = ordered_.locate(Bound{prefix_of(key), key});
    const auto last = open_ended ? OrderedIndex::Place{ordered_.end(), ordered_.live_count()}
                                 : ordered_.locate(Bound{prefix_of(range_end), range_end});
    return {first.at, last.at, last.live_before - first.live_before};
}

RangeResult Keys::range(const RangeQuery& query, Revision now) const {
    RangeResult result;
    if (query.revision > now) {
        result.code = Code::future_revision;
        return result;
    }
    if (query.revision && query.revision < compacted()) {
        result.code = Code::compacted;
        return result;
    }
    const bool past = query.revision && query.revision < history_.newest();
    if (query.range_end.empty()) {
        fetch_one(query, past ? query.revision : latest, result);
    } else if (past) {
        fetch_past(query, result);
    } else {
        fetch_live(query, result);
    }
    arrange(query, result);
    return result;
}

void Keys::fetch_one(const RangeQuery& query, Revision as_of, RangeResult& result) const {
    const Key* key = find(Probe{query.key, hash_bytes(query.key)});
    const Value* value = key == nullptr ? nullptr : key->at(as_of);
    if (value == nullptr) return;
    result.count = 1;
    if (!query.count_only) result.records.push_back(record_of(*key, *value));
}

void Keys::fetch_live(const RangeQuery& query, RangeResult& result) const {
    const Stretch stretch = find_range(query.key, query.range_end);
    result.count = stretch.live;
    const std::uint64_t wanted = std::min(records_needed(query), stretch.live);
    result.records.reserve(wanted);
    for (auto entry = stretch.first; result.records.size() < wanted; ++entry) {
        const Key& key = *(*entry).key;
        if (entry.live()) result.records.push_back(record_of(key, *key.newest));
    }
}

void Keys::fetch_past(const RangeQuery& query, RangeResult& result) const {
    const Stretch stretch = find_range(query.key, query.range_end);
    const std::uint64_t wanted = records_needed(query);
    for (auto entry = stretch.first; entry != stretch.last; ++entry) {
        const Key& key = *(*entry).key;
        const Value* value = key.at(query.revision);
        if (value == nullptr) continue;
        ++result.count;
        if (result.records.size() < wanted) result.records.push_back(record_of(key, *value));
    }
}

void Keys::visit_events(Revision first, const std::function<bool(const Event&)>& visit,
                        std::uint64_t skipped) const {
    history_.visit(first, visit, skipped);
}

// --- history ---

void Keys::compact(Revision revision) {
    history_.compact(revision);
}

void Keys::release_some(std::size_t events_max) {
    history_.release_some(events_max, [this](Key* key) { forget_key(key); });
}

}  // namespace kvbus::machine
