// The live keys: a hash index for point access and an ordered index for ranges, both over one heap record a
// key. The record stays where it is as long as the key lives; its value is a block of its own, which an
// overwrite re-uses when the new value fits. Owned by the machine.
//
// Always true: both indexes hold the same records; content_hash() is the sum of the hashes of the live keys;
// bytes() is the sum of the sizes of keys and values.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <absl/container/btree_set.h>
#include <tsl/robin_set.h>

#include "machine/machine.h"

namespace kvbus::machine {

class Keys {
  public:
    Keys() = default;
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys();

    void put(std::string_view key, std::string_view value, Revision revision);
    std::uint64_t remove(std::string_view key, std::string_view range_end);  // the number of keys removed

    [[nodiscard]] RangeResult range(const RangeQuery& query) const;

    [[nodiscard]] std::uint64_t count() const { return ordered_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t content_hash() const { return content_hash_; }

  private:
    struct Value;
    struct Key;

    struct Probe {
        std::string_view key;
        std::uint64_t hash;
    };
    struct Hash {
        std::size_t operator()(const Key* key) const;
        std::size_t operator()(const Probe& probe) const { return probe.hash; }
    };
    struct Same {
        using is_transparent = void;
        bool operator()(const Key* a, const Key* b) const { return a == b; }
        bool operator()(const Key* a, const Probe& b) const;
        bool operator()(const Probe& a, const Key* b) const { return (*this)(b, a); }
    };

    // The first eight bytes of the key as a number decide most comparisons without touching the record.
    struct Ordered {
        std::uint64_t prefix;
        Key* key;
    };
    struct Bound {
        std::uint64_t prefix;
        std::string_view key;
    };
    struct Before {
        using is_transparent = void;
        bool operator()(const Ordered& a, const Ordered& b) const;
        bool operator()(const Ordered& a, const Bound& b) const;
        bool operator()(const Bound& a, const Ordered& b) const;
    };

    // Many small tables: growing one never takes more than a few milliseconds, whatever the number of keys.
    static constexpr int shard_bits = 8;
    using Shard = tsl::robin_set<Key*, Hash, Same, std::allocator<Key*>, true>;
    using OrderedIndex = absl::btree_set<Ordered, Before>;
    using Iterator = OrderedIndex::const_iterator;

    static Bound bound_of(std::string_view key);
    static Record record_of(const Key& key);
    [[nodiscard]] const Shard& shard(std::uint64_t hash) const { return shards_[hash >> (64 - shard_bits)]; }
    [[nodiscard]] Shard& shard(std::uint64_t hash) { return shards_[hash >> (64 - shard_bits)]; }
    [[nodiscard]] Key* find(const Probe& probe) const;
    [[nodiscard]] std::pair<Iterator, Iterator> find_range(std::string_view key,
                                                           std::string_view range_end) const;

    void insert(const Probe& probe, std::string_view value, Revision revision);
    void overwrite(Key& key, std::uint64_t key_hash, std::string_view value, Revision revision);
    void count_in(const Key& key);
    void count_out(const Key& key);
    bool remove_one(std::string_view key);
    std::uint64_t remove_range(std::string_view key, std::string_view range_end);

    std::array<Shard, 1 << shard_bits> shards_;
    OrderedIndex ordered_;
    std::uint64_t bytes_ = 0;
    std::uint64_t content_hash_ = 0;
};

}  // namespace kvbus::machine
