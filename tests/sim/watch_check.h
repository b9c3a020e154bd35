// Whether what a watcher was told is what the committed log says: reply by reply, so that all that one watch
// is told, from its first place on, has no gap, nothing twice and nothing out of order. Findings are thrown
// as Violations. One thread.
#pragma once

#include "sim/committed.h"
#include "wire/client_frames.h"

namespace kvbus::sim {

// The reply tells what was asked for and stands between the place of the request and the place from which to
// ask on, all of it and nothing else; and where the latter is within a revision, there is more of it to come.
void check_watch_reply(const Committed& committed, const wire::WatchRequest& request,
                       const wire::WatchReply& reply);

// The place is compacted indeed, and the first revision that can be watched follows what was compacted; both
// by what any node knew at that time.
void check_watch_compacted(const Committed& committed, const wire::WatchRequest& request, const Error& error,
                           Instant now);

}  // namespace kvbus::sim
