// The keys with their values, present and past: a hash index for point access and an ordered index for
// ranges, both over one heap record a key, which stays where it is until nothing of the key is left. A
// removed key is in both until it is compacted. Owned by the machine.
//
// Always true, but while they are built from an image: both indexes hold the same keys; those that count as
// live in the ordered one are those whose newest value is no tombstone; content_hash() is the sum of the
// hashes of the live records; bytes() is the sum of the sizes of live keys and their values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/arrange.h"
#include "machine/chain.h"
#include "machine/history.h"
#include "machine/machine.h"
#include "machine/ordered_index.h"
#include "machine/point_index.h"

namespace kvbus::machine {

class Keys {
  public:
    Keys() = default;
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys();

    // The live record of a key.
    [[nodiscard]] std::optional<Record> find(std::string_view key) const;

    // Revisions of changes never fall, and are above compacted(). Several changes may share one. `value` may
    // be a part of a record of these keys.
    // Returns the key as it is now.
    const Key& put(std::string_view key, std::string_view value, LeaseId lease, Revision revision);
    // Removes live keys; `on_removed` is told of each just before it goes, in byte order, and must not change
    // anything here. Returns their number.
    using OnRemoved = std::function<void(const Record&)>;
    std::uint64_t remove(std::string_view key, std::string_view range_end, Revision revision,
                         const OnRemoved& on_removed = {});

    // Keys are built from an image between these two, by restore(), and by put() and remove() of single keys.
    // The ordered index comes last, since keys in their order go in several times faster; until then nothing
    // else may be asked for but find().
    void begin_restore() { restoring_ = true; }
    void finish_restore();
    // What a key was before its first change that is held; nullptr when there is something of it already.
    [[nodiscard]] const Key* restore(const Record& record);

    // Starts to bring what a look-up of these keys touches into the cache.
    void prefetch(std::span<const std::string_view> keys) const;

    // `now` is the revision of the machine: a query above it is one of the future.
    [[nodiscard]] RangeResult range(const RangeQuery& query, Revision now,
                                    const AnswerBounds& bounds = {}) const;

    // The live records of a range, which is more than one key, in byte order, until `visit` returns false.
    void visit_range(std::string_view key, std::string_view range_end,
                     const std::function<bool(const Record&)>& visit) const;

    // Changes from revision `first` on, which is above compacted(), without the first `skipped` of that
    // revision, until `visit` returns false.
    void visit_events(Revision first, const std::function<bool(const Event&)>& visit,
                      std::uint64_t skipped = 0) const;

    // What was superseded or removed at or before this revision can no longer be read, from now on. Its
    // memory, and history_bytes(), fall with release_some(), which does the work of at most so many changes.
    void compact(Revision revision);
    void release_some(std::size_t events_max);
    [[nodiscard]] Revision compacted() const { return history_.compacted(); }
    // The lowest revision whose changes are not compacted.
    [[nodiscard]] std::optional<Revision> oldest_event() const { return history_.oldest(); }

    // An image (machine/image.h) of bases and changes.
    void begin_image(ImageSink& sink);
    void continue_image(std::size_t& parts);  // takes off what it told
    void end_image();
    [[nodiscard]] bool in_image() const { return telling_.running() || history_.in_image(); }

    // Of everything that the live keys do not need: events, superseded values, removed keys. Counted from
    // sizes of contents and of bookkeeping, not from what an allocator takes, so it is the same everywhere.
    [[nodiscard]] std::uint64_t history_bytes() const { return history_.bytes(); }

    // Of the live keys.
    [[nodiscard]] std::uint64_t count() const { return ordered_.live_count(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t content_hash() const { return content_hash_; }

  private:
    struct Probe {
        std::string_view key;
        std::uint64_t hash;
    };
    // The first eight bytes of the key as a number decide most comparisons without touching the record.
    struct Ordered {
        std::uint64_t prefix;
        Key* key;
        [[nodiscard]] std::string_view name() const { return key->view(); }
    };
    struct Bound {
        std::uint64_t prefix;
        std::string_view key;
        [[nodiscard]] std::string_view name() const { return key; }
    };
    struct Before {
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return a.prefix != b.prefix ? a.prefix < b.prefix : a.name() < b.name();
        }
    };
    using OrderedIndex = machine::OrderedIndex<Ordered, Before>;
    struct Stretch {  // of the ordered index
        OrderedIndex::Iterator first;
        OrderedIndex::Iterator last;  // one behind
        std::uint64_t live = 0;
    };

    static std::uint64_t prefix_of(std::string_view key);
    static Ordered ordered(Key* key) { return {prefix_of(key->view()), key}; }
    [[nodiscard]] Key* find(const Probe& probe) const;
    [[nodiscard]] Stretch find_range(std::string_view key, std::string_view range_end) const;

    template <class Visit>
    void visit_live(const Stretch& stretch, Visit visit) const;

    Key* add_key(const Probe& probe);
    void forget_key(Key* key);
    void set_live(Key* key, bool live);
    void add_change(Key& key, Value* value);
    void tell_base(const Key& key);
    void tell_bases(std::size_t& parts);
    void remove_live(Key* key, Revision revision, const OnRemoved& on_removed);
    std::uint64_t remove_range(std::string_view key, std::string_view range_end, Revision revision,
                               const OnRemoved& on_removed);
    void count_in(const Key& key);
    void count_out(const Key& key);

    // Each returns the number of keys in the range.
    std::uint64_t fetch_one(const RangeQuery& query, Revision as_of, Arrangement& records) const;
    std::uint64_t fetch_live(const RangeQuery& query, Arrangement& records) const;
    std::uint64_t fetch_past(const RangeQuery& query, Arrangement& records) const;

    PointIndex<Key> points_;
    OrderedIndex ordered_;
    History history_;
    std::uint64_t bytes_ = 0;
    std::uint64_t content_hash_ = 0;

    bool restoring_ = false;
    std::vector<Ordered> unordered_;  // those that are to be in ordered_
    std::vector<Key*> removed_;       // of those, and perhaps put again

    Telling telling_;           // bases that no change has replaced
    std::string next_to_tell_;  // all keys before this have been told
};

}  // namespace kvbus::machine
