// The live keys: a hash index for point access and an ordered index for ranges, both over one heap record a
// key. The record stays where it is as long as the key lives; its value is a block of its own, which an
// overwrite re-uses when the new value fits. Owned by the machine.
//
// Always true: both indexes hold the same records; content_hash() is the sum of the hashes of the live keys;
// bytes() is the sum of the sizes of keys and values.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <absl/container/btree_set.h>

#include "machine/machine.h"
#include "machine/point_index.h"

namespace kvbus::machine {

class Keys {
  public:
    Keys() = default;
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys();

    void put(std::string_view key, std::string_view value, Revision revision);
    std::uint64_t remove(std::string_view key, std::string_view range_end);  // the number of keys removed

    // Starts to bring what a look-up of these keys touches into the cache.
    void prefetch(std::span<const std::string_view> keys) const;

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

    using OrderedIndex = absl::btree_set<Ordered, Before>;
    using Iterator = OrderedIndex::const_iterator;

    static Bound bound_of(std::string_view key);
    static Record record_of(const Key& key);
    [[nodiscard]] Key* find(const Probe& probe) const;
    [[nodiscard]] std::pair<Iterator, Iterator> find_range(std::string_view key,
                                                           std::string_view range_end) const;

    void insert(const Probe& probe, std::string_view value, Revision revision);
    void overwrite(Key& key, std::uint64_t key_hash, std::string_view value, Revision revision);
    void count_in(const Key& key);
    void count_out(const Key& key);
    bool remove_one(std::string_view key);
    std::uint64_t remove_range(std::string_view key, std::string_view range_end);

    PointIndex<Key> points_;
    OrderedIndex ordered_;
    std::uint64_t bytes_ = 0;
    std::uint64_t content_hash_ = 0;
};

}  // namespace kvbus::machine
