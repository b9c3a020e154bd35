// Requests to watch: those whose place is in the past are served from the map's history, a bounded part in
// each turn; those that are caught up wait until a change comes that they want, or their time is over. Owned
// by the loop thread.
//
// Always true: who waits has been told all that was applied before the changes of this turn; every request is
// answered once, with the place from which to ask on.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "machine/machine.h"
#include "node/answers.h"
#include "node/pending.h"
#include "wire/client_frames.h"

namespace kvbus::node {

class Watches {
  public:
    struct Limits {
        std::uint64_t requests = 0;
        std::uint64_t bytes = 0;  // of their keys
    };
    explicit Watches(const Limits& limits) : limits_(limits) {}

    // Whether the map is not as far as the place that is asked for.
    [[nodiscard]] static bool is_ahead(const wire::WatchRequest& request, Revision revision);

    // The place must not be ahead of the map. False when there are too many already.
    [[nodiscard]] bool add(Asker asker, Instant deadline, const wire::WatchRequest& request);

    // A change was applied, with so many before it in its revision.
    void on_change(const machine::Event& event, std::uint64_t index);
    // Changes were applied and are compacted already, those of revision `first` among them.
    void lost_changes(Revision first);

    // The map is not to be believed any more.
    void refuse_all(const Error& error, Answers& answers);

    // At the end of a turn, when on_change() has told of everything that the map holds: answers whoever has
    // an event, as many of those in the past as a turn has time for, and whose time is over.
    void answer(Instant now, const machine::Machine& machine, Answers& answers);

    // When answer() has something to do, though nothing was applied.
    [[nodiscard]] Instant deadline() const;
    [[nodiscard]] std::size_t size() const { return past_.size() + waiting_.size() + woken_.size(); }
    [[nodiscard]] bool anyone_waits() const { return !waiting_.empty() || !woken_.empty(); }

  private:
    struct Place {
        Revision revision;
        std::uint64_t offset = 0;  // changes of it that are behind
    };
    struct Request;
    using Requests = std::list<Request>;
    using Group = std::vector<Requests::iterator>;  // that ask for the same range
    using Deadlines = std::multimap<Instant, Requests::iterator>;
    struct Request {
        Asker asker;
        Instant deadline;
        std::string bytes;           // key and range end
        wire::WatchRequest request;  // its views point into `bytes`
        Place place;                 // the next change to look at
        wire::WatchReplyBuilder reply{};
        bool is_closed = false;  // nothing more goes into this reply; `place` says how far it is
        bool is_split = false;   // and a change of the same revision was left out
        // While it waits:
        Group* group = nullptr;
        std::size_t index_in_group = 0;
        Deadlines::iterator by_deadline{};
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return hash_bytes(key); }
    };
    using ByKey = std::unordered_map<std::string, Group, Hash, std::equal_to<>>;

    void tell(const Group& group, const machine::Event& event, std::uint64_t index);
    void answer_woken(const machine::Machine& machine, Answers& answers);
    void answer_past(const machine::Machine& machine, Answers& answers);
    void serve(Requests::iterator request, const machine::Machine& machine, Answers& answers);
    void reply(Requests& from, Requests::iterator request, Answers& answers);
    void forget(Requests& from, Requests::iterator request);

    void park(Requests::iterator request);
    void leave_group(Requests::iterator request);
    [[nodiscard]] Group& group_of(const wire::WatchRequest& request);
    void drop_group(const wire::WatchRequest& request);

    Limits limits_;
    std::uint64_t bytes_ = 0;  // of the keys of all

    Requests past_;     // first come, first served
    Requests waiting_;  // and those of this turn that have an event, or had no room for it:
    Requests woken_;    // still in their groups, without a deadline
    Deadlines by_deadline_;

    // Of those that wait, by their ranges: single keys; prefixes, looked up by each length that is in use;
    // and whatever else, looked at one by one.
    ByKey points_;
    ByKey prefixes_;
    std::map<std::size_t, std::size_t> prefix_lengths_;  // and how many groups have it
    std::map<std::pair<std::string, std::string>, Group> ranges_;

    std::uint64_t changes_left_ = 0;  // to look at in this turn
    std::uint64_t reply_bytes_ = 0;   // of events in this turn
};

}  // namespace kvbus::node
