// The keys against a model so simple that it is obviously right: every state of the map that ever was, in
// full.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/machine/keys_support.h"

namespace kvbus::machine {
namespace {

struct Content {
    std::string value;
    std::uint64_t create = 0, mod = 0, version = 0, lease = 0;
};
using Map = std::map<std::string, Content>;

Record record_of(const Map::value_type& entry) {
    const Content& content = entry.second;
    return {entry.first,           content.value,   Revision{content.create},
            Revision{content.mod}, content.version, LeaseId{content.lease}};
}

class Model {
  public:
    void put(const std::string& key, const std::string& value, std::uint64_t lease, std::uint64_t revision) {
        Map& map = at(revision);
        const std::string before = was(map, key);
        Content& content = map[key];
        if (content.version == 0) content.create = revision;
        content = {value, content.create, revision, content.version + 1, lease};
        events_.emplace_back(revision,
                             std::to_string(revision) + " put " + line(record_of(*map.find(key))) + before);
    }
    std::uint64_t remove(std::string_view key, std::string_view range_end, std::uint64_t revision) {
        Map& map = at(revision);
        return std::erase_if(map, [&](const auto& entry) {
            if (!covers(key, range_end, entry.first)) return false;
            events_.emplace_back(revision,
                                 std::to_string(revision) + " remove " + entry.first + was(map, entry.first));
            return true;
        });
    }

    [[nodiscard]] RangeResult range(const RangeQuery& query, std::uint64_t now,
                                    std::uint64_t compacted) const {
        RangeResult result;
        if (query.revision.value > now) return {Code::future_revision, {}, 0, false};
        if (query.revision && query.revision.value < compacted) return {Code::compacted, {}, 0, false};
        std::vector<Record> found;
        const auto map = maps_.upper_bound(query.revision ? query.revision.value : now);
        if (map != maps_.begin()) {
            for (const auto& entry : std::prev(map)->second) {
                if (covers(query.key, query.range_end, entry.first)) found.push_back(record_of(entry));
            }
        }
        result.count = found.size();
        if (query.count_only) return result;
        const bool filters = query.mod_revision_min || query.mod_revision_max || query.create_revision_min ||
                             query.create_revision_max;
        if (!filters && query.sort_order == SortOrder::none && query.limit != 0)
            found.resize(std::min<std::size_t>(found.size(), query.limit + 1));
        std::erase_if(found, [&](const Record& record) {
            return record.mod_revision < query.mod_revision_min ||
                   record.create_revision < query.create_revision_min ||
                   (query.mod_revision_max && record.mod_revision > query.mod_revision_max) ||
                   (query.create_revision_max && record.create_revision > query.create_revision_max);
        });
        sort(found, query);
        if (query.limit != 0 && found.size() > query.limit) {
            found.resize(query.limit);
            result.more = true;
        }
        for (Record& record : found) {
            if (query.keys_only) record.value = {};
        }
        result.records = found;
        return result;
    }

    [[nodiscard]] Lines events(std::uint64_t first) const {
        Lines lines;
        for (const auto& [revision, line] : events_) {
            if (revision >= first) lines.push_back(line);
        }
        return lines;
    }
    [[nodiscard]] std::optional<Revision> oldest_event(std::uint64_t compacted) const {
        for (const auto& [revision, line] : events_) {
            if (revision > compacted) return Revision{revision};
        }
        return std::nullopt;
    }
    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t bytes = 0;
        if (maps_.empty()) return bytes;
        for (const auto& [key, content] : maps_.rbegin()->second)
            bytes += key.size() + content.value.size();
        return bytes;
    }

  private:
    static bool covers(std::string_view from, std::string_view range_end, std::string_view key) {
        if (range_end.empty()) return key == from;
        return key >= from && (range_end == Store::all || key < range_end);
    }
    static void sort(std::vector<Record>& records, const RangeQuery& query) {
        const auto rank = [&](const Record& a, const Record& b) {
            switch (query.sort_target) {
                case SortTarget::key:
                    return a.key.compare(b.key);
                case SortTarget::version:
                    return compare(a.version, b.version);
                case SortTarget::create:
                    return compare(a.create_revision.value, b.create_revision.value);
                case SortTarget::mod:
                    return compare(a.mod_revision.value, b.mod_revision.value);
                case SortTarget::value:
                    return a.value.compare(b.value);
            }
            return 0;
        };
        std::ranges::stable_sort(records, [&](const Record& a, const Record& b) {
            return query.sort_order == SortOrder::descend ? rank(a, b) > 0 : rank(a, b) < 0;
        });
    }
    static int compare(std::uint64_t a, std::uint64_t b) { return a < b ? -1 : a > b ? 1 : 0; }
    static std::string was(const Map& map, const std::string& key) {
        const auto known = map.find(key);
        return known == map.end() ? "" : " was " + line(record_of(*known));
    }
    Map& at(std::uint64_t revision) {
        if (maps_.empty()) return maps_[revision];
        return maps_.emplace(revision, maps_.rbegin()->second).first->second;
    }

    std::map<std::uint64_t, Map> maps_;  // by the revision that made it
    std::vector<std::pair<std::uint64_t, std::string>> events_;
};

class Pair {
  public:
    explicit Pair(std::uint64_t seed) : random_(seed) {}

    void change() {
        ++store_.now.value;
        // Several changes share a revision now and then, of one key too.
        do {
            const std::string key = some_key();
            if (random_.chance(0.65)) {
                const std::string value(random_.below(12), static_cast<char>('a' + random_.below(26)));
                const std::uint64_t lease = random_.below(3);
                store_.put_too(key, value, lease);
                model_.put(key, value, lease, store_.now.value);
            } else {
                const std::string end = random_.chance(0.9) ? std::string{} : some_end();
                ASSERT_EQ(store_.remove_too(key, end), model_.remove(key, end, store_.now.value));
            }
        } while (random_.chance(0.3));
    }

    void compact() {
        compacted_ = std::max(compacted_, store_.now.value - random_.below(std::min(store_.now.value, {40})));
        store_.compact(compacted_);
    }
    void release() { store_.keys.release_some(random_.below(10)); }

    void compare() {
        RangeQuery query;
        const std::string key = some_key();
        const std::string end = random_.chance(0.3) ? std::string{} : some_end();
        query.key = key;
        query.range_end = end;
        query.limit = random_.chance(0.5) ? 0 : random_.below(20);
        query.revision = random_.chance(0.3) ? Revision{} : some_revision();
        query.sort_order = SortOrder(random_.chance(0.6) ? 0 : random_.below(3));
        query.sort_target = SortTarget(random_.chance(0.5) ? 0 : random_.below(5));
        query.keys_only = random_.chance(0.2);
        query.count_only = random_.chance(0.2);
        for (Revision* bound : {&query.mod_revision_min, &query.mod_revision_max, &query.create_revision_min,
                                &query.create_revision_max}) {
            if (random_.chance(0.1)) *bound = some_revision();
        }
        const RangeResult got = store_.range(query);
        const RangeResult expected = model_.range(query, store_.now.value, compacted_);
        ASSERT_EQ(got.code, expected.code);
        ASSERT_EQ(got.count, expected.count);
        ASSERT_EQ(got.more, expected.more);
        ASSERT_EQ(lines_of(got), lines_of(expected));
    }

    void compare_history() {
        const std::uint64_t first = compacted_ + 1 + random_.below(store_.now.value - compacted_ + 1);
        ASSERT_EQ(store_.events(first), model_.events(first));
        ASSERT_EQ(store_.keys.oldest_event(), model_.oldest_event(compacted_));
        ASSERT_EQ(store_.keys.bytes(), model_.bytes());
        const RangeQuery everything{.key = {}, .range_end = Store::all};
        ASSERT_EQ(store_.keys.count(), model_.range(everything, store_.now.value, 0).count);
    }

    // With all history gone, what is left is what the same records give that were never anything else.
    void compare_with_compacted() {
        store_.compact_and_release(store_.now.value);
        ASSERT_EQ(store_.keys.history_bytes(), 0);
        const RangeQuery everything{.key = {}, .range_end = Store::all};
        ASSERT_EQ(lines_of(store_.range(everything)),
                  lines_of(model_.range(everything, store_.now.value, 0)));
        store_.remove({}, Store::all);
        ASSERT_EQ(store_.keys.content_hash(), 0);
        ASSERT_EQ(store_.keys.bytes(), 0);
        store_.compact_and_release(store_.now.value);
        ASSERT_EQ(store_.keys.history_bytes(), 0);
    }

  private:
    static Lines lines_of(const RangeResult& result) {
        Lines lines;
        for (const Record& record : result.records)
            lines.push_back(line(record));
        return lines;
    }
    // About three hundred, many with the same first eight bytes.
    std::string some_key() {
        const auto number = std::to_string(random_.below(100));
        return random_.chance(0.3) ? number : "/some/prefix/" + number;
    }
    std::string some_end() { return random_.chance(0.2) ? std::string(Store::all) : some_key(); }
    Revision some_revision() { return Revision{random_.below(store_.now.value + 3)}; }

    Random random_;
    Store store_;
    Model model_;
    std::uint64_t compacted_ = 0;
};

void run(std::uint64_t seed, double compactions) {
    Random random(seed);
    Pair pair(seed);
    for (int step = 0; step < 1'500; ++step) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step));
        ASSERT_NO_FATAL_FAILURE(pair.change());
        if (random.chance(compactions)) pair.compact();
        if (random.chance(0.5)) pair.release();
        ASSERT_NO_FATAL_FAILURE(pair.compare());
        if (random.chance(0.1)) {
            ASSERT_NO_FATAL_FAILURE(pair.compare_history());
        }
    }
    pair.compare_with_compacted();
}

TEST(KeysAndModel, AgreeWithoutCompaction) {
    run(1, 0);
}

TEST(KeysAndModel, AgreeWithAFewCompactions) {
    for (std::uint64_t seed = 10; seed < 15; ++seed)
        ASSERT_NO_FATAL_FAILURE(run(seed, 0.01));
}

TEST(KeysAndModel, AgreeWithManyCompactions) {
    for (std::uint64_t seed = 20; seed < 25; ++seed)
        ASSERT_NO_FATAL_FAILURE(run(seed, 0.2));
}

}  // namespace
}  // namespace kvbus::machine
