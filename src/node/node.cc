#include "node/node.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "node/apply.h"
#include "node/state.h"

namespace kvbus::node {
namespace {

constexpr Duration expiry_interval = std::chrono::milliseconds{20};

// A copy of a write may wait in one stopped process, and then in the leader's; far less than what sessions
// remember is left for the network and the client's own patience.
Duration standstill_max(const Config& config) {
    return config.machine.session_idle_max / 4;
}

// Longer than a killed process takes to be back.
Duration fetch_patience(const Config& config) {
    return 5 * config.raft.election_timeout_max;
}

const wire::SnapshotManifest* manifest_of(const Boot& boot) {
    return boot.snapshot ? &*boot.snapshot : nullptr;
}

}  // namespace

Node::State::State(Config c, Boot boot, Ports p, Instant now)
    : config(std::move(c)),
      ports(p),
      core(config.raft, boot.raft, now),
      machine(std::move(boot.machine)),
      applied(boot.raft.base),
      role(core.role()),
      told(machine.revision()),
      peers(config.self, config.members),
      alarms(config.name, {config.disk_free_bytes_min, config.memory_limit_bytes}),
      verifier(config.self, boot.corrupt ? Verifier::Standing::unproven : Verifier::Standing::good),
      standing(verifier.standing()),
      taker(config.snapshots, config.self, config.session.value, manifest_of(boot), applied.index,
            boot.log_bytes),
      holder(fetch_patience(config), manifest_of(boot)),
      receiver({.chunk = 2 * config.raft.election_timeout_max, .holder = fetch_patience(config)}),
      started(now),
      last_turn(now) {
    answers.set_header(header());
    verifier.applied(applied.index, machine.replica_hash());
    if (!boot.corrupt) return;
    core.abstain(now, true);
    alarms.raise(now, AlarmType::corrupt, *boot.corrupt);
}

Node::Node(Config config, Boot boot, Ports ports, Instant now)
    : state_(std::make_unique<State>(std::move(config), std::move(boot), ports, now)) {}
Node::~Node() = default;

void Node::persisted(Instant now, raft::WriteId through) {
    state_->keep_promises(now, through);
}

void Node::fetched(Instant now, const raft::LogFetch& fetch, std::vector<raft::Entry> entries) {
    state_->core.fetched(now, fetch, std::move(entries));
}

void Node::peer_lost(Instant now, NodeId peer) {
    state_->core.peer_lost(now, peer);
}

void Node::peer_frame(Instant now, std::string_view bytes) {
    auto& node = *state_;
    ++node.counters.peer_frames_in;
    auto frame = wire::decode_peer_frame(bytes);
    const bool ours = frame.ok() && frame->header.cluster == node.config.cluster && !frame->header.group &&
                      frame->header.to == node.config.self && frame->header.from != node.config.self &&
                      node.peers.known(frame->header.from);
    if (!ours) {
        sometimes(Sometimes::bad_peer_frame);
        ++node.counters.bad_peer_frames;
        return;
    }
    const auto from = frame->header.from;
    std::visit(
        [&](auto& body) {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<Body, raft::Message>) node.core.step(now, from, body);
            if constexpr (std::is_same_v<Body, wire::Greeting>) node.on_greeting(from, body);
            if constexpr (std::is_same_v<Body, wire::Forward>) node.on_forward(now, from, body);
            if constexpr (std::is_same_v<Body, wire::ForwardReply>) node.on_forward_reply(now, body);
            if constexpr (std::is_same_v<Body, wire::ChunkRequest>) node.on_chunk_request(now, from, body);
            if constexpr (std::is_same_v<Body, wire::ChunkReply>)
                node.receiver.replied(now, body, node.ports.disk);
            if constexpr (std::is_same_v<Body, wire::StateCheck>) node.verifier.checked(from, body);
            if constexpr (std::is_same_v<Body, wire::StateReport>) node.verifier.reported(now, from, body);
        },
        frame->body);
}

void Node::turn(Instant now) {
    auto& node = *state_;
    ++node.counters.turns;
    node.last_turn = now;
    node.core.tick(now);
    for (const auto peer : node.peers.due(now))
        node.greet(peer, true);
    node.place_writes(now);
    if (node.leads()) node.propose(now);
    if (!node.probed && node.role.leader) {
        node.probed = true;
        node.reads.add_probe();
    }
    node.reads.ask(now, node.core);

    node.carry_out(now, node.core.take());
    // A write that stores nothing and waits for nothing is durable already, and the core may have more to say
    // then.
    while (const auto durable = node.promises.durable_already()) {
        node.keep_promises(now, *durable);
        node.carry_out(now, node.core.take());
    }
    node.verify(now);
    node.turn_snapshots(now);
    node.answer_reads();
    node.watches.answer(now, node.machine, node.answers);
    node.campaigns.answer(now, node.machine, node.answers);

    if (!node.anything_pending()) {
        node.next_expiry = never;
    } else if (node.next_expiry == never) {
        node.next_expiry = now + expiry_interval;
    } else if (now >= node.next_expiry) {
        node.expire(now);
        node.next_expiry = now + expiry_interval;
    }

    for (auto& reply : node.answers.take_forwarded())
        node.send(reply.to, std::move(reply.body));
    node.counters.client_frames_out += node.answers.flush(node.ports.replies);
}

Instant Node::deadline() const {
    return std::min({state_->core.deadline(), state_->next_expiry, state_->peers.deadline(),
                     state_->watches.deadline(), state_->campaigns.deadline(), state_->next_end(),
                     state_->taker.deadline(), state_->receiver.deadline(), state_->askers.deadline(),
                     state_->verifier.deadline(), state_->last_turn + standstill_max(state_->config) / 2});
}

bool Node::stood_still(Instant now) const {
    return now - state_->last_turn > standstill_max(state_->config) &&
           !mutated(Mutant::stopped_process_goes_on);
}

// The order matters: what others can do in parallel with our disk goes out before the write is queued
// (thesis 10.2.1).
void Node::State::carry_out(Instant now, raft::Ready ready) {
    for (auto& envelope : ready.send)
        send(envelope.to, std::move(envelope.message));
    if (ready.write) {
        counters.log_entries += ready.write->append.size();
        if (promises.add(*ready.write)) ports.disk.submit(std::move(*ready.write));
    }
    for (auto& fetch : ready.fetch)
        ports.disk.fetch(fetch);
    for (const auto& entry : ready.apply)
        apply(now, entry);
    for (const auto& grant : ready.reads)
        reads.granted(grant);
    if (ready.offer) on_offer(now, *ready.offer);
    if (ready.role) on_role(now, *ready.role);
    answers.set_header(header());
}

void Node::State::apply(Instant now, const raft::Entry& entry) {
    KV_CHECK(entry.id.index == applied.index + 1, "committed entries come in order, each once");
    const auto writes = proposals.take_applied(entry.id);
    std::size_t position = 0;
    // Replies to the commands of one entry say the revision that the map has after each of them.
    const auto on_outcome = [&](const machine::Command&, const machine::Outcome& outcome) {
        ++counters.writes_applied;
        tell_of_changes();
        if (position >= writes.size()) return;
        const auto& write = writes[position++];
        if (write.answered) return sometimes(Sometimes::expired_write_applied_after_all);
        answer(write, outcome);
        settled(write.bytes);
    };
    const auto result = apply_entry(machine, entry, on_outcome);
    KV_CHECK(result.ok(), result.error().message);
    tell_of_changes();  // of what ended by the time in the entry, when it held no commands
    KV_CHECK(position == writes.size(), "one outcome per pending write");
    applied = entry.id;
    if (mutated(Mutant::state_differs_on_one_node)) differ_on_purpose(applied.index);
    verifier.applied(applied.index, machine.replica_hash());
    taker.applied(entry);
    if (entry.type != raft::EntryType::no_op || entry.id.term != role.term || !leads()) return;
    // What was proposed since the election has its time from this clock already.
    const bool goes_back = mutated(Mutant::clock_goes_back_with_the_first_commit);
    clock.start(now, goes_back ? machine.time() : std::max(machine.time(), clock.at(now)));
    clock_term = role.term;
}

// After each command, since the next one may compact what this one did.
void Node::State::tell_of_changes() {
    const Revision now = machine.revision();
    if (now == told) return;
    const Revision first{std::exchange(told, now).value + 1};
    if (!watches.anyone_waits() && !campaigns.anyone_waits()) return;
    if (machine.compacted() >= first) {
        watches.lost_changes(first);
        campaigns.lost_changes();
        return;
    }
    Revision revision;
    std::uint64_t index = 0;
    machine.visit_events(first, [&](const machine::Event& event) {
        index = event.record.mod_revision == revision ? index + 1 : 0;
        revision = event.record.mod_revision;
        watches.on_change(event, index);
        campaigns.on_change(event);
        return true;
    });
}

// A campaign that has its place is answered once that is the first: by the node that its client talks to.
void Node::State::answer_or_wait(const PendingWrite& write, const machine::Outcome& outcome) {
    const bool has_place = write.asker.type == wire::RequestType::campaign && !write.asker.forwarded_by &&
                           outcome.answer != nullptr &&
                           std::holds_alternative<machine::CampaignAnswer>(outcome.answer->body);
    if (!has_place) return answers.outcome(write.asker, outcome);
    if (!is_trusted())
        return answers.error(write.asker, Code::outcome_unknown, alarms.message(AlarmType::corrupt));
    campaigns.add(write.asker, write.deadline, outcome);
}

// A refusal tells only of this copy.
void Node::State::answer(const PendingWrite& write, const machine::Outcome& outcome) {
    if (!is_trusted())
        return answers.error(write.asker, Code::outcome_unknown, alarms.message(AlarmType::corrupt));
    if (machine::is_evaluated(outcome.code) || !write.may_be_applied) return answer_or_wait(write, outcome);
    answers.error(write.asker, Code::outcome_unknown,
                  "an earlier copy of the write may or may not be applied");
}

void Node::State::keep_promises(Instant now, raft::WriteId through) {
    auto settled_writes = promises.persisted(through);
    core.persisted(now, settled_writes.through);
    for (auto& envelope : settled_writes.send) {
        // Of an older term: one sync may have covered what it speaks of and what replaced that. Nobody
        // listens to it.
        if (envelope.message.term < core.role().term && !mutated(Mutant::promise_of_older_term_kept)) {
            sometimes(Sometimes::promise_kept_too_late);
            continue;
        }
        send(envelope.to, std::move(envelope.message));
    }
}

void Node::State::send(NodeId to, wire::PeerBody body, Lane lane) {
    ++counters.peer_frames_out;
    const wire::PeerHeader header{.cluster = config.cluster, .group = {}, .from = config.self, .to = to};
    ports.transport.send(to, wire::encode_peer_frame(header, body), lane);
}

void Node::State::greet(NodeId to, bool reply_wanted) {
    send(to, wire::Greeting{config.name, config.client_url, KVBUS_VERSION, reply_wanted});
}

Header Node::State::header() const {
    return {.cluster = config.cluster,
            .node = config.self,
            .term = role.term.value,
            .revision = machine.revision(),
            .leader = role.leader};
}

bool Node::serving() const {
    return state_->caught_up && state_->role.leader && state_->is_trusted();
}
const machine::Machine& Node::machine() const {
    return state_->machine;
}
const raft::Core& Node::core() const {
    return state_->core;
}
wire::NodeStatus Node::status(Instant now) const {
    return state_->status(now);
}
std::vector<Alarm> Node::alarms(Instant now) const {
    return state_->alarms.list(now);
}
void Node::count_bad_client_frame() {
    ++state_->counters.bad_client_frames;
}
void Node::count_bad_peer_frame() {
    ++state_->counters.bad_peer_frames;
}

}  // namespace kvbus::node
