// All changes of a range that the cluster still holds, up to now or a revision. One thread.
#pragma once

#include <functional>
#include <vector>

#include <kvbus/client.h>

#include "kvctl/key_range.h"

namespace kvbus::kvctl {

struct HistoryRange {
    KeyRange keys;
    Revision first;  // none: the first that is held
    Revision last;   // none: the one of now
};

// Changes in the order of their revisions, a part at a time, until it returns false.
using VisitChanges = std::function<bool(std::vector<WatchEvent>& changes)>;

// What was there at the compacted revision comes first, as puts at the revisions at which it was put. Errors:
// compacted (of a first revision that is not held).
[[nodiscard]] Result<void> read_history(Client& client, const HistoryRange& range, const VisitChanges& visit);

}  // namespace kvbus::kvctl
