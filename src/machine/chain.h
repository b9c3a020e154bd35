// A key and what each write left of it: a chain of values, the newest first, each in a block of its own whose
// content is never written again. Plain memory, owned by Keys; History says what goes when.
//
// Always true: revisions fall along a chain, or stay the same where one revision changed the key more than
// once; a tombstone says that the key was removed, and has version 0 and no content; only the last value of a
// chain may be released, and a chain of nothing but a released tombstone does not exist.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>

#include "base/check.h"
#include "machine/machine.h"
#include "machine/telling.h"

namespace kvbus::machine {

struct Value {
    // An allocator begins blocks 16 bytes into a cache line, so all that a read or an overwrite needs stands
    // in the first 48.
    std::uint32_t size = 0;
    Telling::Mark released = 0;  // 0: its own change is held; else the mark of when it was let go
    Revision create_revision;
    Revision mod_revision;
    std::uint64_t version = 0;
    LeaseId lease;
    std::uint64_t hash = 0;  // of the whole record: its part in content_hash()
    Value* older = nullptr;  // none: there was nothing, or it is forgotten

    [[nodiscard]] bool is_tombstone() const { return version == 0; }
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }
    [[nodiscard]] std::uint64_t bytes_held() const { return sizeof(Value) + size; }

    static Value* make(std::string_view content);
    static void destroy(Value* value) { std::free(value); }
};

struct Key {
    Value* newest = nullptr;
    std::uint32_t size = 0;

    [[nodiscard]] bool is_live() const { return newest != nullptr && !newest->is_tombstone(); }
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }
    // With its place in each of the two indexes.
    [[nodiscard]] std::uint64_t bytes_held() const { return sizeof(Key) + size + 2 * 16; }

    // What the key was right after this revision; nullptr if it was not there.
    [[nodiscard]] const Value* at(Revision revision) const {
        const Value* value = newest;
        while (value != nullptr && value->mod_revision > revision)
            value = value->older;
        return value == nullptr || value->is_tombstone() ? nullptr : value;
    }

    static Key* make(std::string_view name);
    // With its chain.
    static void destroy(Key* key);
};

[[nodiscard]] inline Record record_of(const Key& key, const Value& value) {
    return {key.view(), value.view(), value.create_revision, value.mod_revision, value.version, value.lease};
}

// A T and a copy of `bytes` behind it, in one allocation.
template <class T>
T* make_with(std::string_view bytes) {
    KV_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "no limit was kept on the way here");
    void* memory = std::malloc(sizeof(T) + bytes.size());
    KV_CHECK(memory != nullptr, "out of memory");
    T* made = new (memory) T;
    made->size = static_cast<std::uint32_t>(bytes.size());
    if (!bytes.empty()) std::memcpy(made + 1, bytes.data(), bytes.size());
    return made;
}

inline Value* Value::make(std::string_view content) {
    return make_with<Value>(content);
}
inline Key* Key::make(std::string_view name) {
    return make_with<Key>(name);
}
inline void Key::destroy(Key* key) {
    for (Value* value = key->newest; value != nullptr;) {
        Value* older = value->older;
        Value::destroy(value);
        value = older;
    }
    std::free(key);
}

}  // namespace kvbus::machine
