#include "sim/world.h"

#include <chrono>

#include "sim/liveness.h"

namespace kvbus::sim {

void World::run() {
    cluster_.start();
    faults_.schedule();
    cluster_.run_until(Instant{} + std::chrono::microseconds{cluster_.plan().duration_us});
    prove_liveness(cluster_);
    prove_expiry(cluster_);
    prove_watches(cluster_);
    prove_agreement(cluster_);
    cluster_.ledger().check(cluster_.checker().committed());
    cluster_.ledger().check_linearizability();
}

Figures World::figures() const {
    return {.events = cluster_.agenda().events(),
            .simulated = cluster_.agenda().now() - Instant{},
            .crashes = cluster_.crashes(),
            .elections = cluster_.checker().elections(),
            .snapshots_taken = cluster_.checker().snapshots_taken(),
            .snapshots_installed = cluster_.checker().snapshots_installed(),
            .acknowledged = cluster_.ledger().acknowledged(),
            .checked = cluster_.ledger().operations(),
            .trace = cluster_.trace()};
}

}  // namespace kvbus::sim
