// What a node does with snapshots: its own, those that others and clients fetch from it, and those that it
// fetches.
#include <string>
#include <utility>
#include <variant>

#include "base/log.h"
#include "base/mutant.h"
#include "base/overloaded.h"
#include "base/sometimes.h"
#include "node/state.h"

namespace kvbus::node {
namespace {

std::string size_of(const wire::SnapshotManifest& manifest) {
    return "snapshot of " + std::to_string(manifest.header.key_count) + " keys, " +
           std::to_string(manifest.bytes >> 20) + " MiB, at log index " +
           std::to_string(manifest.meta.last.index.value);
}

}  // namespace

void Node::State::turn_snapshots(Instant now) {
    if (is_trusted()) take_snapshots(now);
    receiver.reached(applied.index, ports.disk);
    for (const auto requests = receiver.due(now, ports.disk); const auto& chunk : requests.chunks)
        send(requests.holder, wire::ChunkRequest{chunk});
}

void Node::State::take_snapshots(Instant now) {
    if (askers.answer(now, taker.last_index(), holder.manifest(), answers)) holder.promised(now);
    taker.turn(now, applied, core.membership(), {askers.wanted(), holder.is_fetched(now)}, machine,
               ports.disk);
    if (const auto needed = taker.lacked_bytes(); needed > 0 && askers.wanted()) {
        askers.refuse(Code::no_space,
                      "node " + config.name + " has no room for a snapshot: that would take " +
                          std::to_string(needed >> 20) +
                          " MiB of free disk space; make room on it, or ask another node",
                      answers);
    }
}

void Node::State::on_offer(Instant now, const raft::SnapshotMeta& offer) {
    if (peers.known(offer.holder) && offer.holder != config.self) receiver.offered(now, offer, ports.disk);
}

void Node::State::on_chunk_request(Instant now, NodeId from, const wire::ChunkRequest& request) {
    if (!is_trusted() || holder.asked(now, from, request.chunk, ports.disk) == SnapshotHolder::Asked::gone)
        send(from, wire::ChunkReply{.chunk = request.chunk}, Lane::bulk);
}

void Node::State::serve(Asker asker, Instant deadline, const wire::SnapshotRequest& request) {
    if (!request.at_least) return serve(std::move(asker), deadline, Reads::Query(request));
    wait_for_snapshot(asker, deadline, request.at_least);
}

void Node::State::wait_for_snapshot(const Asker& asker, Instant deadline, Index at_least) {
    if (askers.add(asker, deadline, at_least)) return;
    sometimes(Sometimes::request_refused_as_overload);
    answers.error(asker, Code::overloaded, "too many wait for a snapshot of this node; try again later");
}

void Node::State::serve(Instant now, const Asker& asker, const wire::SnapshotChunkRequest& request) {
    switch (holder.asked(now, asker, request.chunk, ports.disk)) {
        case SnapshotHolder::Asked::waits:
            return;
        case SnapshotHolder::Asked::gone:
            return answers.snapshot_chunk(asker, {.chunk = request.chunk});
        case SnapshotHolder::Asked::no_room:
            return answers.error(asker, Code::overloaded,
                                 "too many fetch the snapshot of this node; try again later");
    }
}

void Node::published(Instant now, const wire::SnapshotManifest& manifest, raft::EntryId log_start) {
    auto& node = *state_;
    if (!node.taker.published(manifest)) return;
    node.holder.counts(manifest);
    node.core.compacted(now, manifest.meta, log_start);
    log_info("node " + node.config.name + " has taken a " + size_of(manifest) + "; its log begins after " +
             std::to_string(log_start.index.value));
}

void Node::chunk_read(Instant, wire::SnapshotChunk chunk) {
    auto& node = *state_;
    const auto reply = node.holder.reply_with(chunk);
    for (const auto& fetcher : node.holder.waiting_for(chunk.name)) {
        std::visit(Overloaded{[&](NodeId to) { node.send(to, reply, Lane::bulk); },
                              [&](const Asker& asker) { node.answers.snapshot_chunk(asker, reply); }},
                   fetcher);
    }
}

void Node::loaded(Instant now, const wire::SnapshotManifest& manifest, Result<machine::Machine> machine) {
    auto& node = *state_;
    node.receiver.loaded();
    if (!machine.ok()) {
        sometimes(Sometimes::received_snapshot_refused);
        log_warn("node " + node.config.name + " cannot use a received " + size_of(manifest) + ": " +
                 machine.error().message);
        return node.ports.disk.discard(manifest.meta.id);
    }
    if (!node.core.install(now, manifest.meta)) return node.ports.disk.discard(manifest.meta.id);
    node.install(manifest, std::move(*machine));
}

void Node::State::install(const wire::SnapshotManifest& manifest, machine::Machine installed) {
    taker.superseded(manifest, machine, ports.disk);
    ports.disk.dispose(std::exchange(machine, std::move(installed)));
    applied = manifest.meta.last;
    verifier.installed(applied.index, machine.replica_hash());
    ++counters.snapshots_installed;
    holder.counts(manifest);
    if (!mutated(Mutant::revision_of_the_machine_before)) answers.set_header(header());
    const Revision first{std::exchange(told, machine.revision()).value + 1};
    if (first <= told) {
        watches.lost_changes(first);
        campaigns.lost_changes();
    }
    log_info("node " + config.name + " has installed a " + size_of(manifest));
}

}  // namespace kvbus::node
