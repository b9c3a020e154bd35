#include "sim/snapshot_store.h"

#include <utility>

namespace kvbus::sim {

std::string with_flipped_bit(std::string bytes, Random& dice) {
    const std::uint64_t bit = dice.below(bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    return bytes;
}

void SnapshotStore::store(wire::SnapshotChunk chunk) {
    ++chunks_stored_;
    chunks_[chunk.name] = {std::make_shared<const std::string>(std::move(chunk.bytes)), false};
}

void SnapshotStore::discard(std::uint64_t snapshot) {
    std::erase_if(chunks_, [&](const auto& stored) { return stored.first.snapshot == snapshot; });
}

void SnapshotStore::make_durable(std::uint64_t snapshot) {
    for (auto& [name, stored] : chunks_)
        if (name.snapshot == snapshot) stored.durable = true;
}

void SnapshotStore::count(const wire::SnapshotManifest& manifest) {
    if (counting_ && !counts(manifest.meta.id)) discard(counting_->meta.id);
    counting_ = manifest;
}

void SnapshotStore::crash(Random& dice) {
    std::erase_if(chunks_, [&](const auto& stored) { return !stored.second.durable && dice.chance(0.5); });
}

void SnapshotStore::keep_what_counts() {
    std::erase_if(chunks_, [&](const auto& stored) { return !counts(stored.first.snapshot); });
}

SnapshotStore::Chunks SnapshotStore::chunks_of(std::uint64_t snapshot) const {
    Chunks chunks;
    for (auto at = chunks_.lower_bound({.snapshot = snapshot});
         at != chunks_.end() && at->first.snapshot == snapshot; ++at)
        chunks.emplace_hint(chunks.end(), at->first, at->second.bytes);
    return chunks;
}

std::string SnapshotStore::read(const wire::ChunkName& name) const {
    const auto found = chunks_.find(name);
    return found == chunks_.end() || !counts(name.snapshot) ? std::string{} : *found->second.bytes;
}

bool is_whole(const wire::SnapshotManifest& manifest, const SnapshotStore::Chunks& chunks) {
    std::size_t expected = 0;
    for (std::size_t section = 0; section < wire::snapshot_sections; ++section) {
        for (std::uint32_t number = 0; number < manifest.chunks[section]; ++number, ++expected) {
            if (!chunks.contains({manifest.meta.id, static_cast<wire::SnapshotSection>(section), number}))
                return false;
        }
    }
    return chunks.size() == expected;
}

Result<machine::Machine> build(const machine::Limits& limits, const wire::SnapshotManifest& manifest,
                               const SnapshotStore::Chunks& chunks) {
    wire::ImageReader reader(limits, manifest);
    for (const auto& [name, bytes] : chunks)
        if (auto added = reader.add(name, *bytes); !added.ok()) return added.error();
    return reader.finish();
}

}  // namespace kvbus::sim
