#include "machine/keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/sometimes.h"
#include "machine/arrange.h"
#include "machine/image.h"

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

// But for the beginning, which is in the cache. What is large arrives while its beginning is copied.
void prefetch_content(const Value& value) {
    constexpr std::size_t line = 64;
    constexpr std::size_t bytes_max = 512;
    const char* content = value.view().data();
    for (std::size_t at = line; at < std::min<std::size_t>(value.size, bytes_max); at += line)
        __builtin_prefetch(content + at);
}

}  // namespace

Keys::~Keys() {
    for (auto entry = ordered_.begin(); entry != ordered_.end(); ++entry)
        Key::destroy((*entry).key);
    for (const Ordered& entry : unordered_)
        Key::destroy(entry.key);
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

const Key& Keys::put(std::string_view name, std::string_view content, LeaseId lease, Revision revision) {
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
        set_live(key, true);
    }
    value->hash = hash_of(probe.hash, content, *value);
    add_change(*key, value);
    count_in(*key);
    return *key;
}

void Keys::add_change(Key& key, Value* value) {
    if (telling_.running() && key.newest != nullptr && key.view() >= next_to_tell_) [[unlikely]]
        tell_base(key);
    history_.add(key, value);
}

const Key* Keys::restore(const Record& record) {
    const Probe probe{record.key, hash_bytes(record.key)};
    if (find(probe) != nullptr) return nullptr;
    Value* value = Value::make(record.value);
    value->create_revision = record.create_revision;
    value->mod_revision = record.mod_revision;
    value->version = record.version;
    value->lease = record.lease;
    Key* key = add_key(probe);
    history_.add_released(*key, value);
    if (value->is_tombstone()) {
        set_live(key, false);
    } else {
        value->hash = hash_of(probe.hash, record.value, *value);
        count_in(*key);
    }
    return key;
}

void Keys::finish_restore() {
    restoring_ = false;
    std::ranges::sort(unordered_, Before{});
    for (const Ordered& entry : std::exchange(unordered_, {}))
        ordered_.insert(entry);
    for (Key* key : std::exchange(removed_, {}))
        set_live(key, key->is_live());
}

Key* Keys::add_key(const Probe& probe) {
    Key* key = Key::make(probe.key);
    points_.insert(probe.hash, key);
    if (restoring_) [[unlikely]] {
        unordered_.push_back(ordered(key));
    } else {
        ordered_.insert(ordered(key));
    }
    return key;
}

void Keys::set_live(Key* key, bool live) {
    if (!restoring_) return ordered_.set_live(ordered(key), live);
    if (!live) removed_.push_back(key);
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
    set_live(key, false);
    Value* tombstone = Value::make({});
    tombstone->mod_revision = revision;
    add_change(*key, tombstone);
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

RangeResult Keys::range(const RangeQuery& query, Revision now, const AnswerBounds& bounds) const {
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
    Arrangement records(query, bounds);
    if (query.range_end.empty()) {
        result.count = fetch_one(query, past ? query.revision : latest, records);
    } else if (past) {
        result.count = fetch_past(query, records);
    } else {
        result.count = fetch_live(query, records);
    }
    records.finish(result);
    return result;
}

std::uint64_t Keys::fetch_one(const RangeQuery& query, Revision as_of, Arrangement& records) const {
    const Key* key = find(Probe{query.key, hash_bytes(query.key)});
    const Value* value = key == nullptr ? nullptr : key->at(as_of);
    if (value == nullptr) return 0;
    records.add(record_of(*key, *value));
    return 1;
}

std::uint64_t Keys::fetch_live(const RangeQuery& query, Arrangement& records) const {
    const Stretch stretch = find_range(query.key, query.range_end);
    if (!query.count_only) visit_live(stretch, [&](const Record& record) { return records.add(record); });
    return stretch.live;
}

std::uint64_t Keys::fetch_past(const RangeQuery& query, Arrangement& records) const {
    const Stretch stretch = find_range(query.key, query.range_end);
    std::uint64_t count = 0;
    bool wanted = true;
    for (auto entry = stretch.first; entry != stretch.last; ++entry) {
        const Key& key = *(*entry).key;
        const Value* value = key.at(query.revision);
        if (value == nullptr) continue;
        ++count;
        wanted = wanted && records.add(record_of(key, *value));
    }
    return count;
}

template <class Visit>
void Keys::visit_live(const Stretch& stretch, Visit visit) const {
    auto entry = stretch.first;
    for (std::uint64_t left = stretch.live; left > 0; ++entry) {
        if (!entry.live()) continue;
        const Key& key = *(*entry).key;
        if (!visit(record_of(key, *key.newest))) return;
        --left;
    }
}

void Keys::visit_range(std::string_view key, std::string_view range_end,
                       const std::function<bool(const Record&)>& visit) const {
    visit_live(find_range(key, range_end), visit);
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

// --- images ---

void Keys::begin_image(ImageSink& sink) {
    telling_.begin(sink);
    next_to_tell_.clear();
    history_.begin_image(sink);
}

void Keys::continue_image(std::size_t& parts) {
    if (telling_.running()) tell_bases(parts);
    history_.continue_image(parts);
}

void Keys::end_image() {
    telling_.end();
    history_.end_image();
}

// The base of a key is its newest value here, or one that changes have replaced: then it is told with the
// first of those that were held when the image began, or was told before the first of later ones was made.
void Keys::tell_base(const Key& key) {
    if (history_.was_released(*key.newest)) telling_.sink().base(record_of(key, *key.newest));
}

// In groups: the waits for the memory of keys and of values are at once for all of a group.
void Keys::tell_bases(std::size_t& parts) {
    constexpr std::size_t group_max = 32;
    std::array<const Key*, group_max> group;
    auto entry = ordered_.locate(Bound{prefix_of(next_to_tell_), next_to_tell_}).at;
    while (parts > 0 && entry != ordered_.end()) {
        std::size_t count = 0;
        for (; count < std::min(group_max, parts) && entry != ordered_.end(); ++entry, ++count) {
            group[count] = (*entry).key;
            __builtin_prefetch(group[count]);
        }
        for (std::size_t i = 0; i < count; ++i)
            __builtin_prefetch(group[i]->newest);
        for (std::size_t i = 0; i < count; ++i)
            prefetch_content(*group[i]->newest);
        for (std::size_t i = 0; i < count; ++i)
            tell_base(*group[i]);
        parts -= count;
    }
    if (entry == ordered_.end()) return telling_.end();
    next_to_tell_.assign((*entry).name());
}

}  // namespace kvbus::machine
