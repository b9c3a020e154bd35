// Candidates that have their place in the line for a name, and wait until they are first. Owned by the loop
// thread.
//
// A line moves only when a key goes: no key of it can come before one that is there. So each line remembers
// the key that is first, and is not looked at again before that one is removed, however many wait in it.
//
// Always true, but within a turn: a candidate in a line has its key in the map, created when it was told; the
// key that is first in a line is in the map, and is no candidate's that waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "machine/machine.h"
#include "node/answers.h"
#include "node/pending.h"

namespace kvbus::node {

class Campaigns {
  public:
    explicit Campaigns(std::uint64_t requests_max) : requests_max_(requests_max) {}

    [[nodiscard]] bool has_room() const { return candidates_.size() < requests_max_; }

    // A campaign came to this outcome, which is ok and has its place: here, or at the leader, whose map may
    // be ahead of this one.
    void add(Asker asker, Instant deadline, machine::Outcome outcome);

    void on_change(const machine::Event& event);
    // Changes were applied that cannot be told any more.
    void lost_changes();

    // The map is not to be believed any more.
    void refuse_all(const Error& error, Answers& answers);

    // At the end of a turn, when on_change() has told of everything that the map holds: answers who is first,
    // whose place is gone, and whose time is over.
    void answer(Instant now, const machine::Machine& machine, Answers& answers);

    [[nodiscard]] Instant deadline() const {
        return by_deadline_.empty() ? never : by_deadline_.begin()->first;
    }
    [[nodiscard]] std::size_t size() const { return candidates_.size(); }
    [[nodiscard]] bool anyone_waits() const { return !candidates_.empty(); }

  private:
    struct Candidate;
    using Candidates = std::list<Candidate>;
    using Deadlines = std::multimap<Instant, Candidates::iterator>;
    struct Line {
        std::string name;
        std::string first;  // its key; empty: to be looked up
        std::multimap<std::string, Candidates::iterator, std::less<>> waiting;  // by their keys
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return hash_bytes(key); }
    };
    using Lines = std::unordered_map<std::string, Line, Hash, std::equal_to<>>;
    struct Candidate {
        Asker asker;
        machine::Outcome outcome;
        Deadlines::iterator by_deadline{};
        Line* line = nullptr;  // none: the map is not as far as the outcome, or the key is gone

        [[nodiscard]] const machine::CampaignAnswer& place() const {
            return std::get<machine::CampaignAnswer>(outcome.answer->body);
        }
    };

    void enter(Candidates::iterator candidate, const machine::Machine& machine, Answers& answers);
    void look_up(Line& line, const machine::Machine& machine);
    void win_first(Line& line, Answers& answers);
    void lose(Candidates::iterator candidate, Answers& answers);
    void forget(Candidates::iterator candidate);
    void drop_if_empty(Line& line);
    void clear_first(Line& line);

    std::uint64_t requests_max_;
    Candidates candidates_;
    Deadlines by_deadline_;
    std::list<Candidates::iterator> arrived_;
    Lines lines_;  // in which somebody waits
    std::unordered_multimap<std::string, Line*, Hash, std::equal_to<>> by_first_;
    std::vector<std::string> moved_;          // names of lines whose first key went
    std::vector<Candidates::iterator> lost_;  // whose key went
};

}  // namespace kvbus::node
