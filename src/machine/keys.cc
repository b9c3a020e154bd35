#include "machine/keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "base/check.h"
#include "base/hash.h"
#include "base/sometimes.h"

namespace kvbus::machine {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 32);
}

std::uint32_t checked_size(std::string_view bytes) {
    KV_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "no limit was kept on the way here");
    return static_cast<std::uint32_t>(bytes.size());
}

void copy(char* to, std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
}

// A T and room behind it, in one allocation.
template <class T>
T* allocate(std::size_t bytes_behind) {
    void* memory = std::malloc(sizeof(T) + bytes_behind);
    KV_CHECK(memory != nullptr, "out of memory");
    return new (memory) T;
}

}  // namespace

// The content of a key at its last write.
struct Keys::Value {
    Revision create_revision;
    Revision mod_revision;
    std::uint64_t version = 0;
    std::uint64_t hash = 0;  // of the whole record: its part in content_hash()
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }

    // Re-using a block must not keep much more memory than the value needs.
    [[nodiscard]] bool suits(std::size_t wanted) const {
        return wanted <= capacity && capacity <= 2 * wanted + 64;
    }

    static Value* make(std::string_view content) {
        auto* value = allocate<Value>(content.size());
        value->capacity = checked_size(content);
        value->assign(content);
        return value;
    }
    void assign(std::string_view content) {
        size = checked_size(content);
        copy(bytes(), content);
    }
    // Takes the content from where it came: its copy here is not in the cache yet.
    void update_hash(std::uint64_t key_hash, std::string_view content) {
        hash = 0;
        for (const std::uint64_t word :
             {key_hash, hash_bytes(content), create_revision.value, mod_revision.value, version}) {
            hash = mix(hash, word);
        }
    }
};

struct Keys::Key {
    Value* value = nullptr;
    std::uint32_t size = 0;

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }

    static Key* make(std::string_view name, Value* value) {
        auto* key = allocate<Key>(name.size());
        key->value = value;
        key->size = checked_size(name);
        copy(key->bytes(), name);
        return key;
    }
    static void destroy(Key* key) {
        std::free(key->value);
        std::free(key);
    }
};

bool Keys::Before::operator()(const Ordered& a, const Ordered& b) const {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.key->view() < b.key->view();
}
bool Keys::Before::operator()(const Ordered& a, const Bound& b) const {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.key->view() < b.key;
}
bool Keys::Before::operator()(const Bound& a, const Ordered& b) const {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.key < b.key->view();
}

Keys::~Keys() {
    for (const Ordered& entry : ordered_)
        Key::destroy(entry.key);
}

Keys::Bound Keys::bound_of(std::string_view key) {
    std::uint64_t prefix = 0;
    copy(reinterpret_cast<char*>(&prefix), key.substr(0, sizeof prefix));
    if constexpr (std::endian::native == std::endian::little) prefix = __builtin_bswap64(prefix);
    return {prefix, key};
}

Record Keys::record_of(const Key& key) {
    const Value& value = *key.value;
    return {key.view(), value.view(), value.create_revision, value.mod_revision, value.version};
}

Keys::Key* Keys::find(const Probe& probe) const {
    return points_.find(probe.hash, [&](const Key& key) { return key.view() == probe.key; });
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
            if (found[i] != nullptr) __builtin_prefetch(found[i]->value);
        }
    }
}

std::pair<Keys::Iterator, Keys::Iterator> Keys::find_range(std::string_view key,
                                                           std::string_view range_end) const {
    const bool open_ended = range_end == std::string_view{"\0", 1};
    if (!open_ended && range_end <= key) return {ordered_.end(), ordered_.end()};
    return {ordered_.lower_bound(bound_of(key)),
            open_ended ? ordered_.end() : ordered_.lower_bound(bound_of(range_end))};
}

void Keys::count_in(const Key& key) {
    bytes_ += key.size + key.value->size;
    content_hash_ += key.value->hash;
}

void Keys::count_out(const Key& key) {
    bytes_ -= key.size + key.value->size;
    content_hash_ -= key.value->hash;
}

void Keys::put(std::string_view key, std::string_view value, Revision revision) {
    const Probe probe{key, hash_bytes(key)};
    if (Key* found = find(probe)) {
        overwrite(*found, probe.hash, value, revision);
    } else {
        insert(probe, value, revision);
    }
}

void Keys::insert(const Probe& probe, std::string_view content, Revision revision) {
    Value* value = Value::make(content);
    value->create_revision = value->mod_revision = revision;
    value->version = 1;
    value->update_hash(probe.hash, content);
    Key* key = Key::make(probe.key, value);
    points_.insert(probe.hash, key);
    ordered_.insert(Ordered{bound_of(probe.key).prefix, key});
    count_in(*key);
}

void Keys::overwrite(Key& key, std::uint64_t key_hash, std::string_view content, Revision revision) {
    count_out(key);
    if (key.value->suits(content.size())) {
        key.value->assign(content);
    } else {
        sometimes(Sometimes::value_moves_to_another_block);
        Value* larger = Value::make(content);
        larger->create_revision = key.value->create_revision;
        larger->version = key.value->version;
        std::free(std::exchange(key.value, larger));
    }
    key.value->mod_revision = revision;
    ++key.value->version;
    key.value->update_hash(key_hash, content);
    count_in(key);
}

std::uint64_t Keys::remove(std::string_view key, std::string_view range_end) {
    return range_end.empty() ? (remove_one(key) ? 1 : 0) : remove_range(key, range_end);
}

bool Keys::remove_one(std::string_view name) {
    const Probe probe{name, hash_bytes(name)};
    Key* key = find(probe);
    if (key == nullptr) {
        sometimes(Sometimes::remove_of_missing_key);
        return false;
    }
    count_out(*key);
    points_.erase(probe.hash, key);
    ordered_.erase(ordered_.find(bound_of(name)));
    Key::destroy(key);
    return true;
}

std::uint64_t Keys::remove_range(std::string_view name, std::string_view range_end) {
    const auto [first, last] = find_range(name, range_end);
    if (first == last) sometimes(Sometimes::remove_of_empty_range);
    std::vector<Key*> removed;
    for (auto entry = first; entry != last; ++entry) {
        Key* key = entry->key;
        count_out(*key);
        points_.erase(hash_bytes(key->view()), key);
        removed.push_back(key);
    }
    ordered_.erase(first, last);
    for (Key* key : removed)
        Key::destroy(key);
    return removed.size();
}

RangeResult Keys::range(const RangeQuery& query) const {
    RangeResult result;
    if (query.range_end.empty()) {
        const Key* key = find(Probe{query.key, hash_bytes(query.key)});
        if (key == nullptr) return result;
        result.count = 1;
        if (!query.count_only) result.records.push_back(record_of(*key));
        return result;
    }
    const auto [first, last] = find_range(query.key, query.range_end);
    const std::uint64_t wanted = query.count_only ? 0 : query.limit == 0 ? ordered_.size() : query.limit;
    for (auto entry = first; entry != last; ++entry, ++result.count) {
        if (result.count < wanted) result.records.push_back(record_of(*entry->key));
    }
    return result;
}

}  // namespace kvbus::machine
