#include "sim/faults.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "scenario/violation.h"
#include "wire/log_record.h"

namespace kvbus::sim {

using scenario::Violation;
using std::chrono::microseconds;
using namespace std::chrono_literals;

void Faults::schedule() {
    for (const Fault& fault : cluster_.plan().faults)
        cluster_.agenda().at(Instant{} + fault.at, [this, &fault] { inflict(fault); });
}

void Faults::inflict(const Fault& fault) {
    if (cluster_.is_mended()) return;
    cluster_.note(Cluster::Noted::fault, static_cast<std::uint64_t>(fault.kind));
    Random dice{fault.dice};
    const Instant until = cluster_.agenda().now() + fault.lasts;
    switch (fault.kind) {
        case FaultKind::crash:
            return cluster_.crash(likely_victim(dice), fault.lasts);
        case FaultKind::crash_all:
            return crash_all(dice, fault.lasts);
        case FaultKind::crash_lead:
            if (const NodeId node = cluster_.leader()) cluster_.crash(node, fault.lasts);
            return;
        case FaultKind::pause:
            return cluster_.replica(any_node(dice)).pause(until);
        case FaultKind::isolate:
            return isolate(dice, until);
        case FaultKind::split:
            return split(dice, until, false);
        case FaultKind::bridge:
            return split(dice, until, true);
        case FaultKind::clog:
            return cluster_.network().clog(any_node(dice), any_node(dice), until);
        case FaultKind::slow_disk:
            return cluster_.replica(any_node(dice)).disk().slow_until(until);
        case FaultKind::sync_error:
            return cluster_.replica(any_node(dice)).disk().fail_next_sync();
        case FaultKind::full_disk:
            return cluster_.replica(any_node(dice)).disk().full_until(until);
        case FaultKind::rot:
            return flip_bit(dice);
        case FaultKind::drop_client: {
            const auto clients = cluster_.clients();
            return clients[dice.below(clients.size())]->connections().drop_all();
        }
    }
}

NodeId Faults::any_node(Random& dice) const {
    return NodeId{1 + dice.below(cluster_.plan().nodes)};
}

// Where a write or a vote waits for a sync a crash does the most harm: ten times likelier.
NodeId Faults::likely_victim(Random& dice) const {
    std::vector<NodeId> lots;
    for (const auto& replica : cluster_.replicas())
        lots.insert(lots.end(), replica->disk().is_busy() ? 10 : 1, replica->id());
    return lots[dice.below(lots.size())];
}

void Faults::crash_all(Random& dice, Duration down) {
    for (const auto& replica : cluster_.replicas())
        cluster_.crash(replica->id(), down + microseconds{dice.below(100'000)});
}

void Faults::isolate(Random& dice, Instant until) {
    const NodeId alone = any_node(dice);
    const std::uint64_t directions = dice.below(4);  // both twice as likely
    for (const auto& other : cluster_.replicas()) {
        if (other->id() == alone) continue;
        if (directions != 0) cluster_.network().cut(alone, other->id(), until);
        if (directions != 1) cluster_.network().cut(other->id(), alone, until);
    }
}

// Each node is in one of two groups; the node of a bridge is in both.
void Faults::split(Random& dice, Instant until, bool bridge) {
    const std::uint64_t groups = dice.next();
    const NodeId both = bridge ? any_node(dice) : NodeId{};
    const bool one_way = !bridge && dice.chance(0.25);
    for (const auto& a : cluster_.replicas()) {
        for (const auto& b : cluster_.replicas()) {
            const bool a_left = groups >> a->id().value & 1;
            const bool b_left = groups >> b->id().value & 1;
            if (a_left == b_left || a->id() == both || b->id() == both) continue;
            if (!one_way || a_left) cluster_.network().cut(a->id(), b->id(), until);
        }
    }
}

// A flipped bit in a stored record must be noticed; the node then stays down. There are never more of these
// than the cluster can do without, so that everything acknowledged has an intact copy.
void Faults::flip_bit(Random& dice) {
    Replica& victim = cluster_.replica(any_node(dice));
    const auto damaged =
        std::ranges::count_if(cluster_.replicas(), [](const auto& replica) { return replica->is_damaged(); });
    const auto& log = victim.disk().image().durable();
    if (log.empty() || victim.is_damaged()) return;
    const raft::Entry& entry = log[dice.below(log.size())];
    std::string record;
    wire::encode_log_record(record, entry, wire::chain_hash(0, entry));
    const std::uint64_t bit = dice.below(record.size() * 8);
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << bit % 8));
    const auto read = wire::decode_log_record(entry.id.index, record);
    if (read.ok() && read->chain == wire::chain_hash(0, read->entry))
        throw Violation("a flipped bit is not noticed");
    if (static_cast<std::uint64_t>(damaged) + cluster_.majority() >= cluster_.plan().nodes) return;
    victim.damage();
    cluster_.crash(victim.id(), 0ms);
}

}  // namespace kvbus::sim
