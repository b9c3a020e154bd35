#include "node/snapshot_holder.h"

#include <algorithm>

#include "base/sometimes.h"

namespace kvbus::node {
namespace {

constexpr std::size_t waiting_max = 64;  // of all who ask; what is above is asked for again

}  // namespace

SnapshotHolder::SnapshotHolder(Duration patience, const wire::SnapshotManifest* manifest)
    : patience_(patience) {
    if (manifest != nullptr) counts(*manifest);
}

void SnapshotHolder::counts(const wire::SnapshotManifest& manifest) {
    id_ = manifest.meta.id;
    wire::encode_manifest(manifest_, manifest);
    fetched_until_ = Instant{};
}

std::optional<wire::ChunkReply> SnapshotHolder::asked(Instant now, NodeId from,
                                                      const wire::ChunkRequest& request, Disk& disk) {
    if (!holds(request.chunk.snapshot)) {
        sometimes(Sometimes::chunk_of_a_snapshot_that_is_gone);
        return wire::ChunkReply{.chunk = request.chunk};
    }
    fetched_until_ = now + patience_;
    const auto is_same = [&](const Waiting& waiting) {
        return waiting.node == from && waiting.chunk == request.chunk;
    };
    if (waiting_.size() >= waiting_max || std::ranges::any_of(waiting_, is_same)) return std::nullopt;
    const bool is_read = std::ranges::find(waiting_, request.chunk, &Waiting::chunk) != waiting_.end();
    waiting_.push_back({from, request.chunk});
    if (!is_read) disk.read(request.chunk);
    return std::nullopt;
}

std::vector<NodeId> SnapshotHolder::waiting_for(const wire::ChunkName& chunk) {
    std::vector<NodeId> nodes;
    for (const Waiting& waiting : waiting_) {
        if (waiting.chunk == chunk) nodes.push_back(waiting.node);
    }
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.chunk == chunk; });
    return nodes;
}

wire::ChunkReply SnapshotHolder::reply_with(const wire::SnapshotChunk& chunk) const {
    if (!holds(chunk.name.snapshot)) return {.chunk = chunk.name};
    return {.chunk = chunk.name,
            .found = true,
            .manifest = manifest_,
            .bytes = chunk.bytes,
            .hash = wire::hash_of(chunk.name, chunk.bytes)};
}

}  // namespace kvbus::node
