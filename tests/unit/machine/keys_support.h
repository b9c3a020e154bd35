// Short words for tests of the keys: a store that counts its revisions as the machine does, and records and
// events as lines of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machine/keys.h"

namespace kvbus::machine {

using Lines = std::vector<std::string>;

// "key=value create/mod/version", and "@lease" if it has one.
inline std::string line(const Record& record) {
    std::string line = std::string(record.key) + "=" + std::string(record.value) + " " +
                       std::to_string(record.create_revision.value) + "/" +
                       std::to_string(record.mod_revision.value) + "/" + std::to_string(record.version);
    if (record.lease) line += " @" + std::to_string(record.lease.value);
    return line;
}

// "5 put RECORD" or "5 remove KEY", and " was RECORD" if something is known to have been there.
inline std::string line(const Event& event) {
    std::string line = std::to_string(event.record.mod_revision.value) +
                       (event.is_put ? " put " + kvbus::machine::line(event.record)
                                     : " remove " + std::string(event.record.key));
    if (event.previous) line += " was " + kvbus::machine::line(*event.previous);
    return line;
}

struct Store {
    static constexpr std::string_view all{"\0", 1};

    Keys keys;
    Revision now{1};

    // Each a revision of its own.
    void put(std::string_view key, std::string_view value, std::uint64_t lease = 0) {
        ++now.value;
        put_too(key, value, lease);
    }
    std::uint64_t remove(std::string_view key, std::string_view range_end = {}) {
        ++now.value;
        return remove_too(key, range_end);
    }
    // In the revision of the change before.
    void put_too(std::string_view key, std::string_view value, std::uint64_t lease = 0) {
        keys.put(key, value, LeaseId{lease}, now);
    }
    std::uint64_t remove_too(std::string_view key, std::string_view range_end = {}) {
        return keys.remove(key, range_end, now);
    }

    void compact(std::uint64_t revision) { keys.compact(Revision{revision}); }
    void release_all() { keys.release_some(1'000'000); }
    void compact_and_release(std::uint64_t revision) {
        compact(revision);
        release_all();
    }

    [[nodiscard]] RangeResult range(const RangeQuery& query) const { return keys.range(query, now); }
    [[nodiscard]] Lines lines(const RangeQuery& query) const {
        Lines lines;
        for (const Record& record : range(query).records)
            lines.push_back(line(record));
        return lines;
    }
    // The key alone, or all keys, as of a revision.
    [[nodiscard]] Lines key_at(std::string_view key, std::uint64_t revision) const {
        RangeQuery query;
        query.key = key;
        query.revision = Revision{revision};
        return lines(query);
    }
    [[nodiscard]] Lines all_at(std::uint64_t revision) const {
        RangeQuery query;
        query.key = query.range_end = all;
        query.revision = Revision{revision};
        return lines(query);
    }
    [[nodiscard]] Lines everything() const { return all_at(0); }

    [[nodiscard]] Lines events(std::uint64_t first) const {
        Lines lines;
        keys.visit_events(Revision{first}, [&](const Event& event) {
            lines.push_back(line(event));
            return true;
        });
        return lines;
    }
};

}  // namespace kvbus::machine
