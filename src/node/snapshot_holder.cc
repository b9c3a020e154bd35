#include "node/snapshot_holder.h"

#include <algorithm>
#include <utility>

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
    const std::uint64_t chunks = std::uint64_t{manifest.chunks[0]} + manifest.chunks[1];
    last_ = wire::chunk_at(manifest, chunks - 1).value_or(wire::ChunkName{});
    wire::encode_manifest(manifest_, manifest);
    fetched_until_ = backed_up_until_ = Instant{};
}

SnapshotHolder::Asked SnapshotHolder::asked(Instant now, const Fetcher& from, const wire::ChunkName& chunk,
                                            Disk& disk) {
    if (!holds(chunk.snapshot)) {
        sometimes(Sometimes::chunk_of_a_snapshot_that_is_gone);
        return Asked::gone;
    }
    put_off(now, from, chunk);
    const auto is_same = [&](const Waiting& waiting) {
        const auto* asking = std::get_if<NodeId>(&from);
        const auto* waits = std::get_if<NodeId>(&waiting.fetcher);
        return asking != nullptr && waits != nullptr && *asking == *waits && waiting.chunk == chunk;
    };
    if (std::ranges::any_of(waiting_, is_same)) return Asked::waits;
    if (waiting_.size() >= waiting_max) return Asked::no_room;
    const bool is_read = std::ranges::find(waiting_, chunk, &Waiting::chunk) != waiting_.end();
    waiting_.push_back({from, chunk});
    if (!is_read) disk.read(chunk);
    return Asked::waits;
}

// The next snapshot. A client asks in order, so that who has asked for the last chunk is done.
void SnapshotHolder::put_off(Instant now, const Fetcher& from, const wire::ChunkName& chunk) {
    if (std::holds_alternative<NodeId>(from)) {
        fetched_until_ = now + patience_;
    } else {
        backed_up_until_ = chunk == last_ ? now : now + client_patience;
    }
}

std::vector<SnapshotHolder::Fetcher> SnapshotHolder::waiting_for(const wire::ChunkName& chunk) {
    std::vector<Fetcher> fetchers;
    for (Waiting& waiting : waiting_) {
        if (waiting.chunk == chunk) fetchers.push_back(std::move(waiting.fetcher));
    }
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.chunk == chunk; });
    return fetchers;
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
