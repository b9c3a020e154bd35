// The snapshots on the disk of a simulated node: their chunks, and which of them counts. A crash takes chunks
// that nothing made durable; a process that starts finds the snapshot that counts and no other. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <kvbus/error.h>

#include "base/random.h"
#include "machine/machine.h"
#include "wire/snapshot.h"

namespace kvbus::sim {

class SnapshotStore {
  public:
    using Bytes = std::shared_ptr<const std::string>;
    using Chunks = std::map<wire::ChunkName, Bytes>;  // of one snapshot, in the order in which they are read

    void store(wire::SnapshotChunk chunk);
    void discard(std::uint64_t snapshot);
    void make_durable(std::uint64_t snapshot);
    void count(const wire::SnapshotManifest& manifest);  // the chunks of the one before go
    void crash(Random& dice);
    void keep_what_counts();  // all other chunks go

    [[nodiscard]] const std::optional<wire::SnapshotManifest>& counting() const { return counting_; }
    [[nodiscard]] Chunks chunks_of(std::uint64_t snapshot) const;
    [[nodiscard]] std::uint64_t chunks_stored() const { return chunks_stored_; }  // ever
    [[nodiscard]] std::string read(const wire::ChunkName& name) const;  // of the one that counts, or nothing

  private:
    struct Stored {
        Bytes bytes;
        bool durable = false;
    };
    [[nodiscard]] bool counts(std::uint64_t snapshot) const {
        return counting_ && counting_->meta.id == snapshot;
    }
    std::map<wire::ChunkName, Stored> chunks_;
    std::optional<wire::SnapshotManifest> counting_;
    std::uint64_t chunks_stored_ = 0;
};

[[nodiscard]] bool is_whole(const wire::SnapshotManifest& manifest, const SnapshotStore::Chunks& chunks);

// The machine that the chunks tell of.
[[nodiscard]] Result<machine::Machine> build(const machine::Limits& limits,
                                             const wire::SnapshotManifest& manifest,
                                             const SnapshotStore::Chunks& chunks);

[[nodiscard]] std::string with_flipped_bit(std::string bytes, Random& dice);  // not empty

}  // namespace kvbus::sim
