#include "sim/cluster.h"

#include <chrono>
#include <utility>
#include <variant>

#include "base/hash.h"
#include "sim/members.h"
#include "wire/peer_frames.h"

namespace kvbus::sim {

Cluster::Cluster(const Plan& plan)
    : plan_(plan),
      garbage_(stream(plan_.seed, Use::garbage)),
      network_(plan_),
      images_(plan_.nodes),
      checker_(images_, plan_, agenda_),
      ledger_(plan_.keys, plan_.clock_drift_ppm_max) {
    add_replicas();
    add_clients();
    add_watchers();
}

void Cluster::add_replicas() {
    for (const Member& member : members_of(plan_)) {
        replicas_.push_back(std::make_unique<Replica>(
            member.id,
            Replica::Environment{
                .plan = plan_,
                .agenda = agenda_,
                .checker = checker_,
                .members = members_of(plan_),
                .send = [this](NodeId from, NodeId to, std::string frame,
                               node::Lane lane) { carry(from, to, std::move(frame), lane); },
                .reply = [this](NodeId from, std::string_view address,
                                std::string frame) { reply(from, address, std::move(frame)); },
                .process_died = [this](NodeId node, Duration down) { crash(node, down); }},
            images_[member.id.value - 1]));
    }
}

void Cluster::add_clients() {
    std::vector<Replica*> replicas;
    for (const auto& replica : replicas_)
        replicas.push_back(replica.get());
    const std::uint64_t count = plan_.clients + plan_.raw_clients + 1;
    for (std::uint64_t number = 1; number <= count; ++number) {
        const bool raw = number > plan_.clients && number < count;
        clients_.push_back(std::make_unique<SimulatedClient>(number,
                                                             raw ? ClientKind::raw : ClientKind::library,
                                                             plan_, agenda_, network_, replicas, ledger_));
    }
    if (plan_.clients == 0) return;
    for (std::uint64_t number = 1; number <= plan_.candidates; ++number)
        clients_[number % plan_.clients]->add_candidate(number);
}

void Cluster::add_watchers() {
    std::vector<Replica*> replicas;
    for (const auto& replica : replicas_)
        replicas.push_back(replica.get());
    for (std::uint64_t number = 1; number <= plan_.watchers; ++number)
        watchers_.push_back(std::make_unique<SimulatedWatcher>(clients_.size() + number, plan_, agenda_,
                                                               network_, replicas, checker_.committed()));
}

ClientConnections& Cluster::connections_of(std::uint64_t client) {
    const std::uint64_t index = client - 1;
    return index < clients_.size() ? clients_[index]->connections()
                                   : watchers_.at(index - clients_.size())->connections();
}

void Cluster::start() {
    for (const auto& replica : replicas_)
        replica->start();
    for (std::size_t i = 0; i + 1 < clients_.size(); ++i)
        clients_[i]->start();
    for (const auto& watcher : watchers_)
        watcher->start();
}

void Cluster::run_until(Instant end) {
    while (agenda_.run_next(end)) {
    }
}

void Cluster::note(Noted what, std::uint64_t who, std::string_view bytes) {
    for (const std::uint64_t word :
         {static_cast<std::uint64_t>(what), who,
          static_cast<std::uint64_t>(agenda_.now().time_since_epoch().count()), hash_bytes(bytes)}) {
        trace_ = (trace_ ^ word) * 0x9e3779b97f4a7c15;
        trace_ ^= trace_ >> 32;
    }
}

namespace {

bool carries_chunk(std::string_view frame) {
    const auto decoded = wire::decode_peer_frame(frame);
    return decoded.ok() && std::holds_alternative<wire::ChunkReply>(decoded->body);
}

}  // namespace

void Cluster::carry(NodeId from, NodeId to, std::string frame, node::Lane lane) {
    note(Noted::sent, from.value * 8 + to.value, frame);
    if (lane == node::Lane::bulk && onlooker_ && carries_chunk(frame)) onlooker_(from, to);
    const auto& arrivals = network_.send(agenda_.now(), from, to, lane);
    for (const Instant arrival : arrivals)
        agenda_.at(arrival, [this, to, frame] { replica(to).peer_frame(frame); });
    if (garbage_.below(1'000'000) < plan_.garbage) add_garbage(to, frame);
}

// What is torn or was never a message changes nothing.
void Cluster::add_garbage(NodeId to, std::string_view frame) {
    constexpr char never_used_by_msgpack = '\xc1';
    replica(to).peer_frame(std::string{frame.substr(0, garbage_.below(frame.size()))});
    const std::uint64_t client = 1 + garbage_.below(clients_.size());
    clients_[client - 1]->connections().send(to, std::string(1 + garbage_.below(20), never_used_by_msgpack));
}

void Cluster::reply(NodeId from, std::string_view address, std::string frame) {
    note(Noted::replied, from.value, frame);
    const ClientConnections::Address parsed = ClientConnections::parse(address);
    connections_of(parsed.client).answered(from, parsed.connection, std::move(frame));
}

void Cluster::crash(NodeId node, Duration down) {
    if (!replica(node).is_up()) return;
    note(Noted::died, node.value);
    if (!mended_) ++crashes_;
    replica(node).kill();
    for (std::uint64_t client = 1; client <= clients_.size() + watchers_.size(); ++client)
        connections_of(client).node_died(node);
    for (const auto& other : replicas_) {
        if (plan_.deaths_heard == 0 || other->id() == node) continue;
        if (network_.is_cut(agenda_.now(), node, other->id())) continue;
        agenda_.after(network_.client_delay(), [&other = *other, node] { other.peer_lost(node); });
    }
    agenda_.after(down, [this, node] {
        if (!mended_) replica(node).start();
    });
}

void Cluster::mend() {
    mended_ = true;
    network_.heal();
    for (const auto& client : clients_)
        client->stop();
}

NodeId Cluster::leader() const {
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

}  // namespace kvbus::sim
