// Ends leases and keys whose time has come.
#pragma once

#include "machine/writes.h"

namespace kvbus::machine {

// Leases first, each in a revision of its own, in the order of (deadline, id); then keys with a deadline of
// their own, all in one revision, in the order of (deadline, key). Removes `keys_max` keys at most, but for
// one case: a lease that comes first is removed whole, however many keys it has. A lease with more keys than
// are left to remove waits for the next call, and everything behind it waits too.
void expire(Contents& contents, std::uint64_t keys_max);

// When expire() has something to do; ClusterTime::max() for never.
[[nodiscard]] ClusterTime next_expiry(const Contents& contents);

}  // namespace kvbus::machine
