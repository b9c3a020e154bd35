// How the chunks of a snapshot stand in files: in a node's own ID.snapshot, and in a backup. Each is behind
// its section, number, size and hash, 24 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "wire/snapshot.h"

namespace kvbus::wire {

constexpr std::size_t chunk_header_bytes = 24;
using ChunkHeaderBytes = std::array<char, chunk_header_bytes>;

struct ChunkHeader {
    ChunkName name;
    std::uint64_t size = 0;
    std::uint64_t hash = 0;  // hash_of() name and bytes
};

[[nodiscard]] ChunkHeader header_of(const SnapshotChunk& chunk);
[[nodiscard]] ChunkHeaderBytes encode_chunk_header(const ChunkHeader& header);
// Of a chunk of this snapshot; nothing when they are no such header.
[[nodiscard]] std::optional<ChunkHeader> decode_chunk_header(const ChunkHeaderBytes& bytes,
                                                             std::uint64_t snapshot);

constexpr const char* snapshot_file_extension = ".snapshot";
[[nodiscard]] std::string snapshot_file_name(std::uint64_t snapshot);  // 00c0ffee00c0ffee.snapshot

}  // namespace kvbus::wire
