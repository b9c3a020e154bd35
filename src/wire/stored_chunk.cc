#include "wire/stored_chunk.h"

#include "wire/big_endian.h"
#include "wire/limits.h"

namespace kvbus::wire {

ChunkHeader header_of(const SnapshotChunk& chunk) {
    return {chunk.name, chunk.bytes.size(), hash_of(chunk.name, chunk.bytes)};
}

ChunkHeaderBytes encode_chunk_header(const ChunkHeader& header) {
    ChunkHeaderBytes bytes{};
    store_big_endian(bytes.data(), static_cast<std::uint32_t>(header.name.section));
    store_big_endian(bytes.data() + 4, header.name.number);
    store_big_endian(bytes.data() + 8, header.size);
    store_big_endian(bytes.data() + 16, header.hash);
    return bytes;
}

std::optional<ChunkHeader> decode_chunk_header(const ChunkHeaderBytes& bytes, std::uint64_t snapshot) {
    const auto section = load_big_endian<std::uint32_t>(bytes.data());
    const ChunkHeader header{.name = {.snapshot = snapshot,
                                      .section = static_cast<SnapshotSection>(section),
                                      .number = load_big_endian<std::uint32_t>(bytes.data() + 4)},
                             .size = load_big_endian<std::uint64_t>(bytes.data() + 8),
                             .hash = load_big_endian<std::uint64_t>(bytes.data() + 16)};
    if (section >= snapshot_sections || header.size > limits::snapshot_chunk_bytes_max) return std::nullopt;
    return header;
}

std::string snapshot_file_name(std::uint64_t snapshot) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name(16, '0');
    for (auto digit = name.rbegin(); digit != name.rend(); ++digit, snapshot >>= 4)
        *digit = digits[snapshot & 0xf];
    return name + snapshot_file_extension;
}

}  // namespace kvbus::wire
