// The checks of the ledger on who was told to hold a lock, or to lead.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenario/violation.h"
#include "sim/ledger.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;

// Somebody's place in a line, in the order in which they came.
struct Stand {
    std::string key;
    Revision token;    // its create revision
    Revision removed;  // none: it is there still
};
using Lines = std::map<std::string, std::vector<Stand>, std::less<>>;

std::string_view line_of(std::string_view key) {
    return key.substr(0, key.rfind('/'));
}

Lines lines_in(const Committed& committed) {
    Lines lines;
    for (Revision at{2}; at <= committed.revision(); ++at.value) {
        for (const oracle::Change& change : committed.reference().changes_at(at)) {
            if (change.record.key.find('/') == std::string::npos) continue;
            auto& line = lines[std::string{line_of(change.record.key)}];
            if (change.is_put && change.record.version == 1) line.push_back({change.record.key, at, {}});
            if (change.is_put) continue;
            for (Stand& stand : line)
                if (stand.key == change.record.key && !stand.removed) stand.removed = at;
        }
    }
    return lines;
}

// When somebody was first in line, by the time at which any node knew of it.
struct Reign {
    Instant from;
    Instant until = never;
};

// None: others were before it as long as it stood there.
std::optional<Reign> reign_of(const Committed& committed, const std::vector<Stand>& line, Revision token) {
    Revision first = token;
    for (const Stand& stand : line) {
        if (stand.token > token) break;
        if (stand.token < token && !stand.removed) return std::nullopt;
        if (stand.token < token) first = std::max(first, stand.removed);
        if (stand.token < token || !stand.removed) continue;
        if (stand.removed <= first) return std::nullopt;
        return Reign{committed.known_at(first), committed.known_at(stand.removed)};
    }
    return Reign{committed.known_at(first), never};
}

}  // namespace

// Each who was told that it is first was so, at some time between its call and the answer, by a place that is
// nobody else's. And who was told that it is not, or is no longer in line, was not so all the while.
void Ledger::check_lines(const Committed& committed) const {
    const Lines lines = lines_in(committed);
    std::map<std::string, std::uint64_t> holders;  // by places
    for (const Record& record : records_) {
        if (!record.operation.is_campaign() || record.outcome == linearizability::Outcome::unknown) continue;
        const Committed::Applied* applied = committed.find(record.session, record.sequence);
        if (applied == nullptr || applied->outcome.code != Code::ok) continue;  // check_numbered() sees to it
        const auto& place = std::get<machine::CampaignAnswer>(applied->outcome.answer->body);
        const auto line = lines.find(line_of(place.key));
        if (line == lines.end()) throw Violation(record.describe() + " has a place that never was");
        const auto reign = reign_of(committed, line->second, place.token);
        const std::string what =
            record.describe() + ", with token " + std::to_string(place.token.value) + ",";
        if (record.is_answered()) {
            if (!reign || reign->from > record.end || reign->until < record.begin)
                throw Violation(what + " was told that it is first, which it was not");
            const auto [holder, is_new] =
                holders.emplace(place.key + "@" + std::to_string(place.token.value), record.client);
            if (!is_new && holder->second != record.client)
                throw Violation(what + " was told that it is first, as client " +
                                std::to_string(holder->second) + " was with the same token");
        }
        const bool denied = record.code() == Code::not_first || record.code() == Code::place_lost;
        if (denied && reign && reign->from < record.begin && reign->until > record.end)
            throw Violation(what + " was told that it is not first, which it was");
        if (record.code() == Code::place_lost && (!reign || reign->until > record.end)) {
            const auto stand = std::ranges::find(line->second, place.token, &Stand::token);
            if (!stand->removed || committed.known_at(stand->removed) > record.end)
                throw Violation(what + " was told that its place is lost, and it was there");
        }
    }
}

}  // namespace kvbus::sim
