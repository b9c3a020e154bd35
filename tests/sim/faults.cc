#include "sim/faults.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "raft/state.h"
#include "scenario/violation.h"
#include "wire/log_record.h"

namespace kvbus::sim {

using scenario::Violation;
using std::chrono::microseconds;
using namespace std::chrono_literals;

Faults::Faults(Cluster& cluster) : cluster_(cluster) {
    cluster_.watch_transfers([this](NodeId holder, NodeId receiver) { see_chunk(holder, receiver); });
}

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
            return clog(dice, until);
        case FaultKind::slow_disk:
            return cluster_.replica(any_node(dice)).disk().slow_until(until);
        case FaultKind::sync_error:
            return cluster_.replica(any_node(dice)).disk().fail_next_sync(fault.lasts);
        case FaultKind::full_disk:
            return fill_disk(dice, fault.lasts);
        case FaultKind::rot:
            return flip_bit(dice);
        case FaultKind::drop_client:
            return cluster_.clients()[dice.below(cluster_.clients().size())]->connections().drop_all();
        case FaultKind::strand:
            return strand(dice, until);
        case FaultKind::comeback:
            return come_back(dice, fault.lasts);
        case FaultKind::leave_behind:
            return leave_behind(dice, until);
        case FaultKind::crash_holder:
        case FaultKind::crash_receiver:
            return lie_in_wait(fault, dice);
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

// A flipped bit in what is stored must be noticed; the node then stays down. There are never more of these
// than the cluster can do without, so that everything acknowledged has an intact copy. What is being received
// is no copy that counts.
void Faults::flip_bit(Random& dice) {
    Replica& victim = cluster_.replica(any_node(dice));
    const auto damaged =
        std::ranges::count_if(cluster_.replicas(), [](const auto& replica) { return replica->is_damaged(); });
    if (victim.is_damaged()) return;
    victim.disk().rot_next_load();
    const bool is_noticed = victim.disk().snapshots().counting() && dice.chance(0.5)
                                ? notices_flip_in_snapshot(victim.disk(), dice)
                                : notices_flip_in_log(victim.disk(), dice);
    if (!is_noticed) throw Violation("a flipped bit is not noticed");
    if (static_cast<std::uint64_t>(damaged) + cluster_.majority() >= cluster_.plan().nodes) return;
    victim.damage();
    cluster_.crash(victim.id(), 0ms);
}

bool Faults::notices_flip_in_log(const SimulatedDisk& disk, Random& dice) const {
    const auto& log = disk.image().durable().log;
    if (log.empty()) return true;
    const raft::Entry& entry = log[dice.below(log.size())];
    std::string record;
    wire::encode_log_record(record, entry, wire::chain_hash(0, entry));
    const auto read = wire::decode_log_record(entry.id.index, with_flipped_bit(record, dice));
    return !read.ok() || read->chain != wire::chain_hash(0, read->entry);
}

bool Faults::notices_flip_in_snapshot(const SimulatedDisk& disk, Random& dice) const {
    const wire::SnapshotManifest& manifest = *disk.snapshots().counting();
    SnapshotStore::Chunks chunks = disk.snapshots().chunks_of(manifest.meta.id);
    if (chunks.empty()) return true;
    auto& [name, bytes] = *std::next(chunks.begin(), static_cast<std::ptrdiff_t>(dice.below(chunks.size())));
    bytes = std::make_shared<const std::string>(with_flipped_bit(*bytes, dice));
    return !build(machine_limits(cluster_.plan()), manifest, chunks).ok();
}

// Who watches the disk can tell in time that it fills up, or not.
void Faults::fill_disk(Random& dice, Duration lasts) {
    SimulatedDisk& disk = cluster_.replica(any_node(dice)).disk();
    disk.full_until(cluster_.agenda().now() + lasts);
    if (dice.chance(0.5)) disk.fail_next_sync(lasts);
}

void Faults::clog(Random& dice, Instant until) {
    const NodeId from = any_node(dice), to = any_node(dice);
    if (from != to) cluster_.network().clog(from, to, until);
}

// Whoever is with the leader still believes in it, and the rest elect another: in half of all cases while it
// is stopped, so that it finds old answers of theirs when it goes on.
void Faults::strand(Random& dice, Instant until) {
    const NodeId leader = cluster_.leader();
    const std::uint64_t nodes = cluster_.plan().nodes;
    if (!leader || nodes < 3) return;
    std::vector<NodeId> company;
    for (std::uint64_t wanted = dice.below(nodes - cluster_.majority()); company.size() < wanted;) {
        const NodeId node = any_node(dice);
        if (node != leader && std::ranges::find(company, node) == company.end()) company.push_back(node);
    }
    const auto is_stranded = [&](NodeId node) {
        return node == leader || std::ranges::find(company, node) != company.end();
    };
    for (const auto& a : cluster_.replicas()) {
        for (const auto& b : cluster_.replicas())
            if (is_stranded(a->id()) != is_stranded(b->id())) cluster_.network().cut(a->id(), b->id(), until);
    }
    const Duration stopped = microseconds{2 * cluster_.plan().election_us} * (dice.chance(0.5) ? 1 : 2);
    if (dice.chance(0.5)) cluster_.replica(leader).pause(std::min(until, cluster_.agenda().now() + stopped));
    if (dice.chance(0.5)) outlive(dice, leader, company, until);
}

// If it leads again soon, it must not go by the time that it measured for itself meanwhile.
void Faults::come_back(Random& dice, Duration stopped) {
    const NodeId leader = cluster_.leader();
    if (!leader) return;
    cluster_.replica(leader).pause(cluster_.agenda().now() + stopped);
    const Duration caught_up = microseconds{dice.below(cluster_.plan().election_us)};
    const Duration down =
        microseconds{2 * cluster_.plan().election_us} * static_cast<int>(dice.between(1, 5));
    cluster_.agenda().after(stopped + caught_up, [this, leader, down] {
        const NodeId other = cluster_.leader();
        if (!cluster_.is_mended() && other && other != leader) cluster_.crash(other, down);
    });
}

// Cut off, or down. What it receives then may rot before it counts.
void Faults::leave_behind(Random& dice, Instant until) {
    const NodeId node = any_node(dice);
    if (dice.chance(0.1)) cluster_.replica(node).disk().rot_next_load();
    if (dice.chance(0.3)) cluster_.crash(node, until - cluster_.agenda().now());
    keep_away(node, until);
}

// Until it cannot catch up without a snapshot, or all the while.
void Faults::keep_away(NodeId node, Instant until) {
    constexpr Duration step = 50ms;
    const NodeId leader = cluster_.leader();
    const Index has = cluster_.replica(node).disk().image().durable().last();
    const bool is_behind = leader &&
                           has < cluster_.replica(leader).disk().image().durable().log_start.index &&
                           has < cluster_.replica(leader).node()->core().state().log.base().index;
    const Instant now = cluster_.agenda().now();
    if (cluster_.is_mended() || now >= until) return;
    if (is_behind) return cluster_.replica(node).start();
    for (const auto& other : cluster_.replicas()) {
        if (other->id() == node) continue;
        cluster_.network().cut(node, other->id(), now + 2 * step);
        cluster_.network().cut(other->id(), node, now + 2 * step);
    }
    cluster_.agenda().after(step, [this, node, until] { keep_away(node, until); });
}

void Faults::lie_in_wait(const Fault& fault, Random& dice) {
    ambushes_.push_back({fault.kind == FaultKind::crash_holder, 1 + dice.below(6), fault.lasts});
}

void Faults::see_chunk(NodeId holder, NodeId receiver) {
    for (Ambush& ambush : ambushes_) {
        if (--ambush.chunks > 0) continue;
        const NodeId victim = ambush.on_holder ? holder : receiver;
        cluster_.agenda().after(0ms, [this, victim, down = ambush.down] {
            if (!cluster_.is_mended()) cluster_.crash(victim, down);
        });
    }
    std::erase_if(ambushes_, [](const Ambush& ambush) { return ambush.chunks == 0; });
}

// What a stranded leader was answered arrives when it may lead again; those who answered are down by then, as
// is the leader between.
void Faults::outlive(Random& dice, NodeId leader, const std::vector<NodeId>& company, Instant until) {
    const Duration election = microseconds{2 * cluster_.plan().election_us};
    const Duration late = election * static_cast<int>(dice.between(1, 5));
    for (const NodeId node : company)
        cluster_.network().clog(node, leader, until + late);
    cluster_.agenda().at(until + election / 2, [this, leader, company, down = late + election] {
        if (cluster_.is_mended()) return;
        if (const NodeId other = cluster_.leader(); other && other != leader) cluster_.crash(other, down);
        for (const NodeId node : company)
            cluster_.crash(node, down);
    });
}

}  // namespace kvbus::sim
