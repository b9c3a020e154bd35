#include "sim/world.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/hash.h"
#include "linearizability/checker.h"
#include "linearizability/revisions.h"
#include "raft/trace.h"
#include "sim/members.h"
#include "wire/log_record.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using std::chrono::microseconds;
using namespace std::chrono_literals;

// What a note in the trace is about.
enum Noted : std::uint64_t { sent, replied, died, inflicted };

std::uint64_t majority(const Plan& plan) {
    return plan.nodes / 2 + 1;
}

}  // namespace

World::World(const Plan& plan)
    : plan_(plan),
      garbage_(stream(plan_.seed, 3)),
      network_(plan_),
      images_(plan_.nodes),
      checker_(images_),
      ledger_(plan_.keys) {
    std::vector<Replica*> replicas;
    for (const Member& member : members_of(plan_)) {
        replicas_.push_back(std::make_unique<Replica>(
            member.id,
            Replica::Environment{
                .plan = plan_,
                .agenda = agenda_,
                .checker = checker_,
                .members = members_of(plan_),
                .send = [this](NodeId from, NodeId to,
                               std::string frame) { carry(from, to, std::move(frame)); },
                .reply = [this](NodeId from, std::string_view address,
                                std::string frame) { reply(from, address, std::move(frame)); },
                .process_died = [this](NodeId node) { crash(node, 500ms); }},
            images_[member.id.value - 1]));
        replicas.push_back(replicas_.back().get());
    }
    // The last one asks for the proof of liveness.
    const std::uint64_t count = plan_.clients + plan_.raw_clients + 1;
    for (std::uint64_t number = 1; number <= count; ++number) {
        const bool raw = number > plan_.clients && number < count;
        clients_.push_back(std::make_unique<SimulatedClient>(number,
                                                             raw ? ClientKind::raw : ClientKind::library,
                                                             plan_, agenda_, network_, replicas, ledger_));
    }
}

World::~World() = default;

void World::note(std::uint64_t what, std::uint64_t who, std::string_view bytes) {
    for (const std::uint64_t word :
         {what, who, static_cast<std::uint64_t>(agenda_.now().time_since_epoch().count()),
          hash_bytes(bytes)}) {
        trace_ = (trace_ ^ word) * 0x9e3779b97f4a7c15;
        trace_ ^= trace_ >> 32;
    }
}

// --- what moves between them -------------------------------------------------------------------------------

void World::carry(NodeId from, NodeId to, std::string frame) {
    note(sent, from.value * 8 + to.value, frame);
    const auto& arrivals = network_.send(agenda_.now(), from, to);
    for (const Instant arrival : arrivals)
        agenda_.at(arrival, [this, to, frame] { replica(to).peer_frame(frame); });
    if (garbage_.below(1'000'000) < plan_.garbage) add_garbage(to, frame);
}

// What is torn or was never a message changes nothing.
void World::add_garbage(NodeId to, std::string_view frame) {
    constexpr char never_used_by_msgpack = '\xc1';
    replica(to).peer_frame(std::string{frame.substr(0, garbage_.below(frame.size()))});
    const std::uint64_t client = 1 + garbage_.below(clients_.size());
    clients_[client - 1]->connections().send(to, std::string(1 + garbage_.below(20), never_used_by_msgpack));
}

void World::reply(NodeId from, std::string_view address, std::string frame) {
    note(replied, from.value, frame);
    const ClientConnections::Address parsed = ClientConnections::parse(address);
    clients_[parsed.client - 1]->connections().answered(from, parsed.connection, std::move(frame));
}

void World::crash(NodeId node, Duration down) {
    if (!replica(node).is_up()) return;
    note(died, node.value);
    if (!healed_) ++crashes_;
    replica(node).kill();
    for (const auto& client : clients_)
        client->connections().node_died(node);
    for (const auto& other : replicas_) {
        if (plan_.deaths_heard == 0 || other->id() == node) continue;
        agenda_.after(network_.client_delay(), [&other = *other, node] { other.peer_lost(node); });
    }
    agenda_.after(down, [this, node] {
        if (!healed_) replica(node).start();
    });
}

// --- faults ------------------------------------------------------------------------------------------------

NodeId World::any_node(Random& dice) const {
    return NodeId{1 + dice.below(plan_.nodes)};
}

// Where a write or a vote waits for a sync a crash does the most harm: ten times likelier.
NodeId World::likely_victim(Random& dice) {
    std::vector<NodeId> lots;
    for (const auto& replica : replicas_)
        lots.insert(lots.end(), replica->disk().is_busy() ? 10 : 1, replica->id());
    return lots[dice.below(lots.size())];
}

NodeId World::leader() const {
    NodeId leader;
    Term term;
    for (const auto& replica : replicas_) {
        if (!replica->is_up()) continue;
        const raft::Role role = replica->node()->core().role();
        if (role.kind != raft::RoleKind::leader || role.term < term) continue;
        leader = replica->id();
        term = role.term;
    }
    return leader;
}

void World::isolate(Random& dice, Instant until) {
    const NodeId alone = any_node(dice);
    const std::uint64_t directions = dice.below(4);  // both twice as likely
    for (const auto& other : replicas_) {
        if (other->id() == alone) continue;
        if (directions != 0) network_.cut(alone, other->id(), until);
        if (directions != 1) network_.cut(other->id(), alone, until);
    }
}

// Each node is in one of two groups; the node of a bridge is in both.
void World::split(Random& dice, Instant until, bool bridge) {
    const std::uint64_t groups = dice.next();
    const NodeId both = bridge ? any_node(dice) : NodeId{};
    const bool one_way = !bridge && dice.chance(0.25);
    for (const auto& a : replicas_) {
        for (const auto& b : replicas_) {
            const bool a_left = groups >> a->id().value & 1;
            const bool b_left = groups >> b->id().value & 1;
            if (a_left == b_left || a->id() == both || b->id() == both) continue;
            if (!one_way || a_left) network_.cut(a->id(), b->id(), until);
        }
    }
}

// A flipped bit in a stored record must be noticed; the node then stays down. There are never more of these
// than the cluster can do without, so that everything acknowledged has an intact copy.
void World::flip_bit(Random& dice) {
    const NodeId victim = any_node(dice);
    const auto damaged =
        std::ranges::count_if(replicas_, [](const auto& replica) { return replica->is_damaged(); });
    const auto& log = images_[victim.value - 1].durable();
    if (log.empty() || replica(victim).is_damaged()) return;
    const raft::Entry& entry = log[dice.below(log.size())];
    std::string record;
    wire::encode_log_record(record, entry, wire::chain_hash(0, entry));
    const std::uint64_t bit = dice.below(record.size() * 8);
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << bit % 8));
    const auto read = wire::decode_log_record(entry.id.index, record);
    if (read.ok() && read->chain == wire::chain_hash(0, read->entry))
        throw Violation("a flipped bit is not noticed");
    if (static_cast<std::uint64_t>(damaged) + majority(plan_) >= plan_.nodes) return;
    replica(victim).damage();
    crash(victim, 0ms);
}

void World::inflict(const Fault& fault) {
    if (healed_) return;
    note(inflicted, static_cast<std::uint64_t>(fault.kind));
    Random dice{fault.dice};
    const Instant until = agenda_.now() + fault.lasts;
    switch (fault.kind) {
        case FaultKind::crash:
            return crash(likely_victim(dice), fault.lasts);
        case FaultKind::crash_all:
            for (const auto& replica : replicas_)
                crash(replica->id(), fault.lasts + microseconds{dice.below(100'000)});
            return;
        case FaultKind::crash_lead:
            if (const NodeId node = leader()) crash(node, fault.lasts);
            return;
        case FaultKind::pause:
            return replica(any_node(dice)).pause(until);
        case FaultKind::isolate:
            return isolate(dice, until);
        case FaultKind::split:
            return split(dice, until, false);
        case FaultKind::bridge:
            return split(dice, until, true);
        case FaultKind::clog:
            return network_.clog(any_node(dice), any_node(dice), until);
        case FaultKind::slow_disk:
            return replica(any_node(dice)).disk().slow_until(until);
        case FaultKind::sync_error:
            return replica(any_node(dice)).disk().fail_next_sync();
        case FaultKind::full_disk:
            return replica(any_node(dice)).disk().full_until(until);
        case FaultKind::rot:
            return flip_bit(dice);
        case FaultKind::drop_client:
            return clients_[dice.below(clients_.size())]->connections().drop_all();
    }
}

// --- the run -----------------------------------------------------------------------------------------------

void World::run() {
    for (const auto& replica : replicas_)
        replica->start();
    for (std::size_t i = 0; i + 1 < clients_.size(); ++i)
        clients_[i]->start();
    for (const Fault& fault : plan_.faults)
        agenda_.at(Instant{} + fault.at, [this, &fault] { inflict(fault); });
    run_until(Instant{} + microseconds{plan_.duration_us});
    prove_liveness();
    check_agreement();
    ledger_.check(checker_.model());
    check_history();
}

std::string World::account() const {
    std::string text = "; committed: " + std::to_string(checker_.committed_count());
    for (const auto& replica : replicas_) {
        text += "\n    " + std::to_string(replica->id().value) + ": ";
        text += replica->is_damaged() ? "damaged"
                : replica->is_up()    ? raft::describe(replica->id(), replica->node()->core().status())
                                      : "down";
    }
    return text;
}

void World::run_until(Instant end) {
    while (agenda_.run_next(end)) {
    }
}

// Whoever is far behind catches up at the pace of the plan's windows; what must not be is that nothing goes
// on.
std::uint64_t World::progress() const {
    std::uint64_t sum = checker_.committed_count();
    for (const scenario::MemoryDisk& image : images_)
        sum += image.durable().size();
    if (const NodeId node = leader()) {
        for (const auto& follower : replicas_[node.value - 1]->node()->core().status().followers)
            sum += follower.match.value;
    }
    return sum;
}

template <class Condition>
void World::wait_for(std::string_view what, Duration patience, Condition condition) {
    const Instant last_end = agenda_.now() + 10min;
    Instant end = agenda_.now() + patience;
    std::uint64_t reached = progress();
    NodeId led_by = leader();
    while (!condition()) {
        if (progress() > reached) end = std::min(last_end, agenda_.now() + patience);
        // A new leader knows less at first, which is no progress.
        reached = leader() == led_by ? std::max(reached, progress()) : progress();
        led_by = leader();
        if (agenda_.run_next(end)) continue;
        if (condition()) return;
        throw Violation("after " + std::to_string(to_milliseconds(patience)) +
                        " ms without faults, still no " + std::string{what} + account());
    }
}

// A quorum that is whole must serve, whatever went before, and though the rest stays away.
void World::prove_liveness() {
    healed_ = true;
    network_.heal();
    for (const auto& client : clients_)
        client->stop();
    Random dice = stream(plan_.seed, 2);
    std::vector<Replica*> whole;
    for (const auto& replica : replicas_)
        if (!replica->is_damaged()) whole.push_back(replica.get());
    while (whole.size() > majority(plan_)) {
        const auto away = whole.begin() + static_cast<std::ptrdiff_t>(dice.below(whole.size()));
        crash((*away)->id(), 0ms);
        whole.erase(away);
    }
    for (Replica* replica : whole) {
        replica->repair();
        replica->start();
    }
    const Duration patience = 10 * microseconds{2 * plan_.election_us} + 3s;
    SimulatedClient& asker = *clients_.back();
    asker.connections().open();
    asker.write_once("probe", 1h);
    wait_for("write that was acknowledged by a quorum", patience, [&] { return asker.acknowledged() == 1; });

    for (const auto& replica : replicas_) {
        replica->repair();
        replica->start();
    }
    wait_for("end of all calls", microseconds{plan_.call_timeout_us} + 5s, [&] {
        return std::ranges::all_of(clients_, [](const auto& client) { return client->is_idle(); });
    });
}

void World::check_agreement() {
    const auto status = [](const auto& replica) { return replica->node()->core().status(); };
    wait_for("agreement of all nodes", 10 * microseconds{2 * plan_.election_us} + 3s, [&] {
        const Index last{checker_.committed_count()};
        return std::ranges::all_of(replicas_, [&](const auto& replica) {
            if (replica->is_damaged()) return true;
            return replica->is_up() && checker_.applied_by(replica->id()) == last &&
                   status(replica).last == last;
        });
    });
    for (const auto& replica : replicas_)
        if (replica->is_up()) checker_.model().compare(replica->node()->machine());
}

void World::check_history() const {
    const auto history = ledger_.history();
    const auto report = linearizability::check(history);
    if (report.verdict == linearizability::Verdict::too_hard) {
        throw Violation("the check fails, and not the cluster: the history is too hard to check; " +
                        report.explanation);
    }
    if (report.verdict != linearizability::Verdict::linearizable) throw Violation(report.explanation);
    if (const auto wrong = linearizability::check_revisions(history); !wrong.empty())
        throw Violation(wrong.front());
}

Figures World::figures() const {
    return {.events = agenda_.events(),
            .simulated = agenda_.now() - Instant{},
            .crashes = crashes_,
            .elections = checker_.elections(),
            .acknowledged = ledger_.acknowledged(),
            .checked = ledger_.operations(),
            .trace = trace_};
}

}  // namespace kvbus::sim
