#include "sim/liveness.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace.h"
#include "scenario/violation.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using std::chrono::microseconds;
using namespace std::chrono_literals;

Duration patience_of(const Plan& plan) {
    const Duration elections = 10 * microseconds{2 * plan.election_us} + 3s;
    // Where few sessions are to be had, an old one must go first.
    return plan.sessions_max < Plan{}.sessions_max ? elections + microseconds{plan.session_idle_us}
                                                   : elections;
}

// All nodes, in lines for a person.
std::string describe(const Cluster& cluster) {
    std::string text = "; committed: " + std::to_string(cluster.checker().committed_count());
    for (const auto& replica : cluster.replicas()) {
        text += "\n    " + std::to_string(replica->id().value) + ": ";
        text += replica->is_damaged() ? "damaged"
                : replica->is_up()    ? raft::describe(replica->id(), replica->node()->core().status())
                                      : "down";
    }
    return text;
}

// Whoever is far behind catches up at the pace of the plan's windows, or chunk by chunk, maybe from the first
// on again when a holder has gone; what must not be is that nothing goes on.
std::uint64_t progress(const Cluster& cluster) {
    std::uint64_t sum = cluster.checker().committed_count();
    for (const auto& replica : cluster.replicas())
        sum += replica->disk().image().durable().last().value + replica->disk().snapshots().chunks_stored();
    if (const NodeId node = cluster.leader()) {
        for (const auto& follower : cluster.replicas()[node.value - 1]->node()->core().status().followers)
            sum += follower.match.value;
    }
    return sum;
}

template <class Condition>
void wait_for(Cluster& cluster, std::string_view what, Duration patience, Condition condition) {
    Agenda& agenda = cluster.agenda();
    const Instant last_end = agenda.now() + 10min;
    Instant end = agenda.now() + patience;
    std::uint64_t reached = progress(cluster);
    NodeId led_by = cluster.leader();
    while (!condition()) {
        if (progress(cluster) > reached) end = std::min(last_end, agenda.now() + patience);
        // A new leader knows less at first, which is no progress.
        reached = cluster.leader() == led_by ? std::max(reached, progress(cluster)) : progress(cluster);
        led_by = cluster.leader();
        if (agenda.run_next(end)) continue;
        if (condition()) return;
        throw Violation("after " + std::to_string(to_milliseconds(patience)) +
                        " ms without faults, still no " + std::string{what} + describe(cluster));
    }
}

// A random quorum of nodes with whole disks runs; no other does.
void leave_a_quorum_alone(Cluster& cluster) {
    Random dice = stream(cluster.plan().seed, Use::liveness);
    std::vector<Replica*> whole;
    for (const auto& replica : cluster.replicas())
        if (!replica->is_damaged()) whole.push_back(replica.get());
    while (whole.size() > cluster.majority()) {
        const auto away = whole.begin() + static_cast<std::ptrdiff_t>(dice.below(whole.size()));
        cluster.crash((*away)->id(), 0ms);
        whole.erase(away);
    }
    for (Replica* replica : whole) {
        replica->repair();
        replica->start();
    }
}

}  // namespace

void prove_liveness(Cluster& cluster) {
    cluster.mend();
    leave_a_quorum_alone(cluster);
    SimulatedClient& asker = *cluster.clients().back();
    asker.connections().open();
    asker.write_once("probe", 1h);
    wait_for(cluster, "write that was acknowledged by a quorum", patience_of(cluster.plan()),
             [&] { return asker.acknowledged() == 1; });

    for (const auto& replica : cluster.replicas()) {
        replica->repair();
        replica->start();
    }
    wait_for(cluster, "end of all calls", microseconds{cluster.plan().call_timeout_us} + 5s, [&] {
        return std::ranges::all_of(cluster.clients(), [](const auto& client) { return client->is_idle(); });
    });
}

void prove_expiry(Cluster& cluster) {
    const Plan& plan = cluster.plan();
    const auto slowest = microseconds{plan.ttl_us_max * 1'000'000 / (1'000'000 - plan.clock_drift_ppm_max)};
    wait_for(
        cluster, "end of all leases and of all keys with a time to live", slowest + patience_of(plan), [&] {
            return cluster.checker().committed().reference().next_expiry() == machine::ClusterTime::max();
        });
}

void prove_watches(Cluster& cluster) {
    for (const auto& watcher : cluster.watchers())
        watcher->hurry();
    wait_for(cluster, "watcher that has been told everything", patience_of(cluster.plan()) + 10s, [&] {
        return std::ranges::all_of(cluster.watchers(),
                                   [](const auto& watcher) { return watcher->is_caught_up(); });
    });
    for (const auto& watcher : cluster.watchers())
        watcher->stop();
}

void prove_agreement(Cluster& cluster) {
    const StepChecker& checker = cluster.checker();
    wait_for(cluster, "agreement of all nodes", patience_of(cluster.plan()), [&] {
        const Index last{checker.committed_count()};
        return std::ranges::all_of(cluster.replicas(), [&](const auto& replica) {
            if (replica->is_damaged()) return true;
            return replica->is_up() && checker.applied_by(replica->id()) == last &&
                   replica->node()->core().status().last == last;
        });
    });
    for (const auto& replica : cluster.replicas())
        if (replica->is_up()) checker.compare_all(*replica->node());
}

}  // namespace kvbus::sim
