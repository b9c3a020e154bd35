// What a cluster must come to once nothing disturbs it: a quorum that is whole serves, whatever went before,
// what has a time to live ends, watchers
// are told of it, and all nodes agree. All go on with the simulation until it is so, and throw Violation when
// it does not come to it in time. One thread.
#pragma once

#include "sim/cluster.h"

namespace kvbus::sim {

// Mends the cluster, leaves a random quorum alone until it has served, and starts the rest.
void prove_liveness(Cluster& cluster);

// All leases end, and all keys that live for a time: nobody keeps them alive any more.
void prove_expiry(Cluster& cluster);

// All watchers are told everything.
void prove_watches(Cluster& cluster);

// All nodes whose disks are whole come to the same log, all of it applied, and hold what it says.
void prove_agreement(Cluster& cluster);

}  // namespace kvbus::sim
