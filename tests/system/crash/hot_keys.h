// A few keys that all clients overwrite and read: h/NUMBER. Any thread.
//
// Always true of them: an operation that begins after another one returned sees that one's revision or a
// newer one, and a write gets a newer one; a revision has one value; a key's version is the number of writes
// applied to it, so at least those acknowledged and at most those and the unknown ones.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <kvbus/types.h>

#include "system/crash/violations.h"
#include "system/harness/history.h"

namespace kvbus::crash {

class HotKeys {
  public:
    HotKeys(std::uint32_t count, Violations& violations) : keys_(count), violations_(violations) {}

    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(keys_.size()); }
    [[nodiscard]] static std::string name(std::uint32_t key) { return "h/" + std::to_string(key); }

    // The newest revision that any operation on the key has returned: ask before an operation begins.
    [[nodiscard]] std::uint64_t floor(std::uint32_t key) const;
    void wrote(std::uint32_t key, std::uint64_t floor, harness::Outcome outcome, std::uint64_t revision,
               const std::string& value);
    void read(std::uint32_t key, std::uint64_t floor, const KeyValue* found);

    // At the end, as `where` has it.
    void check(std::uint32_t key, const KeyValue* found, const std::string& where) const;

    // Of all acknowledged writes.
    [[nodiscard]] std::vector<std::uint64_t> revisions() const;

  private:
    struct Key {
        std::uint64_t newest = 0;  // returned by any operation
        std::uint64_t acknowledged = 0;
        std::uint64_t unknown = 0;
        std::vector<std::uint64_t> revisions;                     // of acknowledged writes
        std::unordered_map<std::uint64_t, std::string> value_of;  // by revision, whoever learned it first
    };
    void learned(Key& key, const std::string& name, std::uint64_t revision, const std::string& value);

    mutable std::mutex mutex_;
    std::vector<Key> keys_;
    Violations& violations_;
};

}  // namespace kvbus::crash
