#include "wire/snapshot.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "wire/big_endian.h"
#include "wire/limits.h"
#include "wire/snapshot_fields.h"
#include "wire/stored_record.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t header_fields = 9;
constexpr std::size_t manifest_fields = 1 + snapshot_meta_fields + header_fields + snapshot_sections + 2;
constexpr std::size_t mark_bytes_min = 3;

void pack_header(Packer& packer, const machine::ImageHeader& header) {
    packer.uint(header.revision.value);
    packer.uint(header.compacted.value);
    packer.integer(header.time.count());
    packer.uint(header.history.bytes_max);
    packer.uint(header.history.revisions_max);
    packer.integer(header.history.age_max.count());
    packer.array(header.marks.size());
    for (const auto& [time, revision] : header.marks) {
        packer.array(2);
        packer.integer(time.count());
        packer.uint(revision.value);
    }
    packer.uint(header.key_count);
    packer.uint(header.state_hash);
}

machine::ImageHeader read_header(Fields& fields) {
    machine::ImageHeader header;
    header.revision = Revision{fields.uint()};
    header.compacted = Revision{fields.uint()};
    header.time = machine::ClusterTime{fields.integer()};
    header.history = {fields.uint(), fields.uint(), Duration{fields.integer()}};
    Fields marks = fields.nested();
    header.marks.reserve(std::min(marks.count(), marks.remaining() / mark_bytes_min));
    while (marks.ok() && !marks.done()) {
        Fields mark = marks.nested();
        const machine::ClusterTime time{mark.integer()};
        header.marks.emplace_back(time, mark.uint());
        mark.finish();
    }
    header.key_count = fields.uint();
    header.state_hash = fields.uint();
    return header;
}

std::uint32_t read_number(Fields& fields) {
    const std::uint64_t number = fields.uint();
    if (number > std::numeric_limits<std::uint32_t>::max()) fields.fail();
    return static_cast<std::uint32_t>(number);
}

// Of all that stands before it, at the end.
constexpr std::size_t own_hash_bytes = 8;

}  // namespace

std::uint64_t hash_of(const ChunkName& name, std::string_view bytes) {
    std::array<char, 13> head{};
    store_big_endian(head.data(), name.snapshot);
    head[8] = static_cast<char>(name.section);
    store_big_endian(head.data() + 9, name.number);
    return hash_bytes(bytes, hash_bytes({head.data(), head.size()}));
}

std::optional<ChunkName> chunk_at(const SnapshotManifest& manifest, std::uint64_t place) {
    for (std::size_t section = 0; section < snapshot_sections; ++section) {
        if (place < manifest.chunks[section])
            return ChunkName{manifest.meta.id, static_cast<SnapshotSection>(section),
                             static_cast<std::uint32_t>(place)};
        place -= manifest.chunks[section];
    }
    return std::nullopt;
}

std::string described(const ChunkName& name) {
    return "chunk " + std::to_string(name.number) + " of the " +
           (name.section == SnapshotSection::state ? "state" : "changes") + " of snapshot " +
           std::to_string(name.snapshot);
}

void encode_manifest(std::string& out, const SnapshotManifest& manifest) {
    Packer packer = open_stored_record(out, manifest_fields);
    pack_snapshot_meta(packer, manifest.meta);
    pack_header(packer, manifest.header);
    for (const std::uint32_t chunks : manifest.chunks)
        packer.uint(chunks);
    packer.uint(manifest.bytes);
    packer.uint(manifest.hash);
    std::array<char, own_hash_bytes> hash{};
    store_big_endian(hash.data(), hash_bytes(out));
    out.append(hash.data(), hash.size());
}

Result<SnapshotManifest> decode_manifest(std::string_view bytes) {
    const Error damaged{Code::damaged, "the manifest of a snapshot is damaged: its hash is another"};
    if (bytes.size() < own_hash_bytes) return damaged;
    const std::string_view content = bytes.substr(0, bytes.size() - own_hash_bytes);
    if (load_big_endian<std::uint64_t>(bytes.data() + content.size()) != hash_bytes(content)) return damaged;

    StoredRecord record("manifest of a snapshot", content);
    SnapshotManifest manifest;
    manifest.meta = read_snapshot_meta(record.fields());
    manifest.header = read_header(record.fields());
    for (std::uint32_t& chunks : manifest.chunks)
        chunks = read_number(record.fields());
    manifest.bytes = record.fields().uint();
    manifest.hash = record.fields().uint();
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    return manifest;
}

void pack_snapshot_meta(Packer& packer, const raft::SnapshotMeta& meta) {
    packer.uint(meta.last.term.value);
    packer.uint(meta.last.index.value);
    packer.array(meta.membership.voters.size());
    for (const NodeId voter : meta.membership.voters)
        packer.uint(voter.value);
    packer.uint(meta.holder.value);
    packer.uint(meta.id);
}

raft::SnapshotMeta read_snapshot_meta(Fields& fields) {
    raft::SnapshotMeta meta;
    meta.last = {Term{fields.uint()}, Index{fields.uint()}};
    Fields voters = fields.nested();
    if (voters.count() > limits::members_max) voters.fail();
    while (voters.ok() && !voters.done()) {
        const NodeId voter{voters.uint()};
        if (!meta.membership.voters.empty() && voter <= meta.membership.voters.back()) voters.fail();
        meta.membership.voters.push_back(voter);
    }
    meta.holder = NodeId{fields.uint()};
    meta.id = fields.uint();
    return meta;
}

void pack_chunk_name(Packer& packer, const ChunkName& name) {
    packer.uint(name.snapshot);
    packer.uint(static_cast<std::uint64_t>(name.section));
    packer.uint(name.number);
}

ChunkName read_chunk_name(Fields& fields) {
    ChunkName name;
    name.snapshot = fields.uint();
    const std::uint64_t section = fields.uint();
    if (section >= snapshot_sections) fields.fail();
    name.section = static_cast<SnapshotSection>(section);
    name.number = read_number(fields);
    return name;
}

}  // namespace kvbus::wire
