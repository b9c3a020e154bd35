// Snapshots of machines, for tests of what is stored and read again.
#pragma once

#include <string>
#include <vector>

#include "wire/limits.h"
#include "wire/snapshot.h"

namespace kvbus::wire {

struct Snapshot {
    SnapshotManifest manifest;
    std::vector<SnapshotChunk> chunks;
};

inline Snapshot snapshot_of(machine::Machine& machine,
                            std::size_t chunk_bytes = limits::snapshot_chunk_bytes) {
    constexpr std::uint64_t id = 7;
    Snapshot snapshot;
    ImageWriter writer(id, chunk_bytes,
                       [&](SnapshotChunk chunk) { snapshot.chunks.push_back(std::move(chunk)); });
    snapshot.manifest.meta = {{Term{2}, Index{3}}, {{NodeId{1}, NodeId{2}}}, NodeId{1}, id};
    snapshot.manifest.header = machine.begin_image(writer);
    while (!machine.continue_image(100)) {
    }
    writer.finish(snapshot.manifest);
    return snapshot;
}

// Chunks of one section follow each other, whatever stands between them.
inline Result<machine::Machine> built_from(const Snapshot& snapshot, const machine::Limits& limits = {}) {
    ImageReader reader(limits, snapshot.manifest);
    for (const SnapshotSection section : {SnapshotSection::state, SnapshotSection::changes}) {
        for (const SnapshotChunk& chunk : snapshot.chunks) {
            if (chunk.name.section != section) continue;
            if (const auto added = reader.add(chunk.name, chunk.bytes); !added.ok()) return added.error();
        }
    }
    return reader.finish();
}

}  // namespace kvbus::wire
