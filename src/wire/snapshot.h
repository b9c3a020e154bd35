// Snapshots as they are stored and travel: a manifest, and chunks of records in two sections. Records stand
// whole in a chunk: [kind, fields…] in msgpack, one after the other. PROTOCOL.md has all of it.
//
// Everything is read as if it came from a stranger: bounded, and an error for what makes no sense.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "machine/image.h"
#include "raft/types.h"

namespace kvbus::wire {

enum class SnapshotSection : std::uint8_t {
    state = 0,    // bases, leases, deadlines, sessions
    changes = 1,  // the history; to be read after all of `state`
};
inline constexpr std::size_t snapshot_sections = 2;

struct ChunkName {
    std::uint64_t snapshot = 0;
    SnapshotSection section = SnapshotSection::state;
    std::uint32_t number = 0;  // within its section, from 0
    friend auto operator<=>(const ChunkName&, const ChunkName&) = default;
};

// XXH3-64 of name and bytes: a chunk in the wrong place is a damaged one.
[[nodiscard]] std::uint64_t hash_of(const ChunkName& name, std::string_view bytes);

struct SnapshotChunk {
    ChunkName name;
    std::string bytes;
};

struct SnapshotManifest {
    raft::SnapshotMeta meta;
    machine::ImageHeader header{};
    std::array<std::uint32_t, snapshot_sections> chunks{};  // in each section
    std::uint64_t bytes = 0;                                // in all chunks
    std::uint64_t hash = 0;                                 // the sum of the chunks' hashes
    friend bool operator==(const SnapshotManifest&, const SnapshotManifest&) = default;
};

// The chunk at this place among all of them, in the order in which they are read; nothing behind the last.
[[nodiscard]] std::optional<ChunkName> chunk_at(const SnapshotManifest& manifest, std::uint64_t place);

[[nodiscard]] std::string described(const ChunkName& name);  // "chunk 3 of the state of snapshot 7"

void encode_manifest(std::string& out,
                     const SnapshotManifest& manifest);  // replaces `out`; with a hash of its own
[[nodiscard]] Result<SnapshotManifest> decode_manifest(std::string_view bytes);

// Writes an image as chunks of about `chunk_bytes` each, and gives each to `store` as it is full.
class ImageWriter final : public machine::ImageSink {
  public:
    ImageWriter(std::uint64_t snapshot, std::size_t chunk_bytes, std::function<void(SnapshotChunk)> store);

    void base(const machine::Record& record) override;
    void change(const machine::Record& record) override;
    void lease(LeaseId lease, std::chrono::milliseconds ttl, machine::ClusterTime deadline) override;
    void deadline(std::string_view key, machine::ClusterTime deadline) override;
    void session(const machine::ImageSession& session) override;
    void outcome(Sequence sequence, const machine::Outcome& outcome) override;

    // Stores what is left, and says what was stored: chunks, bytes and hash.
    void finish(SnapshotManifest& manifest);

  private:
    struct Section {
        std::string open;  // the chunk that is not full
        std::uint32_t chunks = 0;
    };
    std::string& open(SnapshotSection section);
    void store_if_full(SnapshotSection section);
    void store(SnapshotSection section);

    std::uint64_t snapshot_;
    std::size_t chunk_bytes_;
    std::function<void(SnapshotChunk)> store_;
    std::array<Section, snapshot_sections> sections_;
    std::uint64_t bytes_ = 0;  // of the chunks that were stored
    std::uint64_t hash_ = 0;
};

// Builds the machine again. Chunks come section by section, in order.
class ImageReader {
  public:
    ImageReader(const machine::Limits& limits, const SnapshotManifest& manifest);
    ~ImageReader();
    ImageReader(const ImageReader&) = delete;
    ImageReader& operator=(const ImageReader&) = delete;

    [[nodiscard]] Result<void> add(const ChunkName& name, std::string_view bytes);
    [[nodiscard]] Result<machine::Machine>
    finish();  // damaged: chunks are missing, or the manifest says otherwise

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::wire
