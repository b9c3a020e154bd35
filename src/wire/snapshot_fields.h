// What snapshots are made of on disk, and what frames between nodes say of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/fields.h"
#include "wire/pack.h"
#include "wire/snapshot.h"

namespace kvbus::wire {

// The numbers in chunks; changes stand in their section, all others in that of the state.
enum class SnapshotRecord : std::uint8_t {
    base = 1,
    change = 2,
    lease = 3,
    deadline = 4,
    session = 5,
    outcome = 6,
};

constexpr std::size_t snapshot_meta_fields = 5;
void pack_snapshot_meta(Packer& packer, const raft::SnapshotMeta& meta);
[[nodiscard]] raft::SnapshotMeta read_snapshot_meta(Fields& fields);

constexpr std::size_t chunk_name_fields = 3;
void pack_chunk_name(Packer& packer, const ChunkName& name);
[[nodiscard]] ChunkName read_chunk_name(Fields& fields);

}  // namespace kvbus::wire
