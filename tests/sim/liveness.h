// What a cluster must come to once nothing disturbs it: a quorum that is whole serves, whatever went before,
// and then all nodes agree. Both go on with the simulation until it is so, and throw Violation when it does
// not come to it in time. One thread.
#pragma once

#include "sim/cluster.h"

namespace kvbus::sim {

// Mends the cluster, leaves a random quorum alone until it has served, and starts the rest.
void prove_liveness(Cluster& cluster);
void prove_expiry(Cluster& cluster);  // of all leases, and of all keys that live for a time

// All nodes whose disks are whole come to the same log, all of it applied, and hold what it says.
void prove_agreement(Cluster& cluster);

}  // namespace kvbus::sim
