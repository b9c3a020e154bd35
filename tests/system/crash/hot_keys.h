// A few keys that all clients overwrite and read: h/NUMBER. Any thread.
//
// Each answer is checked at once, and what all of them say together at the end: they must be linearizable.
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

#include "base/time.h"
#include "linearizability/operation.h"
#include "system/harness/violations.h"

namespace kvbus::crash {

class HotKeys {
  public:
    HotKeys(std::uint32_t count, harness::Violations& violations) : keys_(count), violations_(violations) {}

    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(keys_.size()); }
    [[nodiscard]] static std::string name(std::uint32_t key) { return "h/" + std::to_string(key); }

    // The newest revision that any operation on the key has returned: ask before an operation begins.
    [[nodiscard]] std::uint64_t floor(std::uint32_t key) const;
    void wrote(std::uint32_t key, std::uint64_t floor, const linearizability::Operation& operation);
    void read(std::uint32_t key, std::uint64_t floor, const linearizability::Operation& operation);

    // At the end, as `where` has it.
    void check(std::uint32_t key, const KeyValue* found, const std::string& where) const;

    // At the end: whether there is an order of the recorded operations that explains them all.
    void check_order() const;
    [[nodiscard]] std::size_t recorded() const;

    // Of all acknowledged writes.
    [[nodiscard]] std::vector<std::uint64_t> revisions() const;

  private:
    static constexpr std::size_t recorded_max = 1'000'000;  // some 200 MB

    struct Key {
        std::uint64_t newest = 0;  // returned by any operation
        std::uint64_t acknowledged = 0;
        std::uint64_t unknown = 0;
        std::vector<std::uint64_t> revisions;                     // of acknowledged writes
        std::unordered_map<std::uint64_t, std::string> value_of;  // by revision, whoever learned it first
    };
    void learned(Key& key, const std::string& name, std::uint64_t revision, const std::string& value);
    void record(const linearizability::Operation& operation);

    mutable std::mutex mutex_;
    std::vector<Key> keys_;
    std::vector<linearizability::Operation> history_;
    Instant recorded_until_{};  // no recorded read returned later
    harness::Violations& violations_;
};

}  // namespace kvbus::crash
