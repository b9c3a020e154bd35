// Compacts the history by itself, so that it stays within its limits: the oldest revisions first, a few at a
// time. Owned by the machine.
//
// Always true: marks are in the order of their times and of their revisions, and all of revisions that are
// not compacted.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "machine/keys.h"
#include "machine/machine.h"

namespace kvbus::machine {

class HistoryBounds {
  public:
    explicit HistoryBounds(const HistoryLimits& limits) : limits_(limits) {}

    void change(const HistoryLimits& limits) { limits_ = limits; }

    // What an image holds, and is built from, beside the limits: when which revision was the last.
    using Marks = std::vector<std::pair<ClusterTime, Revision>>;
    [[nodiscard]] const HistoryLimits& limits() const { return limits_; }
    [[nodiscard]] Marks marks() const;
    void restore(const Marks& marks);

    // After each command: keeps to the limits of revisions and bytes. `now` is the machine's revision.
    void enforce(Keys& keys, Revision now) const;

    // When cluster time is about to move from `before` to `now`: whatever was current within age_max
    // can still be read afterwards, and older revisions go, at most a thousandth of that time too late.
    void age(Keys& keys, Revision revision, ClusterTime before, ClusterTime now);

  private:
    struct Mark {
        ClusterTime time;
        Revision revision;  // the last one at that time
    };
    void mark(Revision revision, ClusterTime time);

    HistoryLimits limits_;
    std::deque<Mark> marks_;  // a thousand or so: what is marked lies a thousandth of the age apart
};

}  // namespace kvbus::machine
