// What a cluster has in the end, against what its clients were told.
#pragma once

#include "system/crash/hot_keys.h"
#include "system/crash/load.h"
#include "system/crash/unique_keys.h"
#include "system/harness/cluster.h"
#include "system/harness/violations.h"

namespace kvbus::crash {

// All nodes must run and no client may write. Waits until the nodes have the same state hash at the same
// index, then reads every key on each of them from its own map, and looks for an order of what happened to
// the hot keys.
void audit(harness::Cluster& cluster, const UniqueKeys& unique_keys, const HotKeys& hot_keys,
           const Totals& totals, harness::Violations& violations);

}  // namespace kvbus::crash
