// What a node does with snapshots: its own, those that others fetch from it, and those that it fetches.
#include <string>
#include <utility>

#include "base/log.h"
#include "base/mutant.h"
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
    taker.turn(now, applied, core.membership(), holder.is_fetched(now), machine, ports.disk);
    receiver.reached(applied.index, ports.disk);
    for (const auto requests = receiver.due(now, ports.disk); const auto& chunk : requests.chunks)
        send(requests.holder, wire::ChunkRequest{chunk});
}

void Node::State::on_offer(Instant now, const raft::SnapshotMeta& offer) {
    if (peers.known(offer.holder) && offer.holder != config.self) receiver.offered(now, offer, ports.disk);
}

void Node::State::on_chunk_request(Instant now, NodeId from, const wire::ChunkRequest& request) {
    if (auto reply = holder.asked(now, from, request, ports.disk)) send(from, std::move(*reply), Lane::bulk);
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
    for (const NodeId to : node.holder.waiting_for(chunk.name))
        node.send(to, node.holder.reply_with(chunk), Lane::bulk);
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
