// Snapshots for the storage tests: of a machine whose content follows from a number, so that a reader can
// tell whether it got the right one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "raft/types.h"
#include "storage/snapshot_files.h"
#include "wire/snapshot.h"

namespace kvbus::storage {

struct TestSnapshot {
    wire::SnapshotManifest manifest;
    std::vector<wire::SnapshotChunk> chunks;

    [[nodiscard]] std::uint64_t id() const { return manifest.meta.id; }
};

// Of a machine with `keys` keys, each of which was written twice, in chunks of some hundred bytes.
[[nodiscard]] TestSnapshot snapshot_after(raft::EntryId last, std::uint64_t id, std::uint64_t keys = 20,
                                          std::size_t value_bytes = 40);

[[nodiscard]] raft::EntryId entry_id(std::uint64_t term, std::uint64_t index);

// Stores all chunks and makes them durable.
void store(SnapshotFiles& files, const TestSnapshot& snapshot);

[[nodiscard]] std::filesystem::path snapshot_path(const std::filesystem::path& dir, std::uint64_t id);

// The files of snapshots in `dir`, by name, in order.
[[nodiscard]] std::vector<std::filesystem::path> snapshot_paths(const std::filesystem::path& dir);

}  // namespace kvbus::storage
