#include "wire/backup.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "wire/big_endian.h"
#include "wire/limits.h"
#include "wire/stored_chunk.h"
#include "wire/stored_record.h"

namespace kvbus::wire {
namespace {

constexpr std::string_view magic = "kvbackup";
constexpr std::size_t prefix_bytes = magic.size() + sizeof(std::uint32_t);  // with the size of the record
constexpr std::size_t head_hash_bytes = sizeof(std::uint64_t);
constexpr std::size_t record_bytes_max = limits::snapshot_manifest_bytes_max + limits::frame_overhead;
constexpr std::size_t head_elements = 5;
constexpr std::size_t read_at_once = 1 << 20;

// The size of the record that follows; nothing when it is no beginning of a backup.
std::optional<std::size_t> record_size(std::string_view prefix) {
    if (prefix.size() < prefix_bytes || !prefix.starts_with(magic)) return std::nullopt;
    const auto size = load_big_endian<std::uint32_t>(prefix.data() + magic.size());
    if (size > record_bytes_max) return std::nullopt;
    return size;
}

constexpr const char* no_backup = "this is no backup: it does not begin as one";

}  // namespace

std::string encode_backup_head(const BackupHead& head) {
    std::string manifest;
    encode_manifest(manifest, head.manifest);
    std::string record;
    Packer packer = open_stored_record(record, head_elements);
    packer.uint(head.cluster.value);
    packer.text(head.version);
    packer.integer(head.taken.count());
    packer.bytes(manifest);

    std::string out(magic);
    out.resize(prefix_bytes);
    store_big_endian(out.data() + magic.size(), static_cast<std::uint32_t>(record.size()));
    out += record;
    std::array<char, head_hash_bytes> hash{};
    store_big_endian(hash.data(), hash_bytes(out));
    return out.append(hash.data(), hash.size());
}

Result<BackupHead> decode_backup_head(std::string_view bytes) {
    const auto size = record_size(bytes);
    if (!size) return Error{Code::damaged, no_backup};
    if (bytes.size() != prefix_bytes + *size + head_hash_bytes)
        return Error{Code::damaged, "the head of the backup is cut off, or something follows it"};
    if (hash_bytes(bytes.substr(0, bytes.size() - head_hash_bytes)) != hash_of_backup(bytes))
        return Error{Code::damaged, "the head of the backup is damaged: its hash is another"};
    StoredRecord record("head of the backup", bytes.substr(prefix_bytes, *size));
    BackupHead head;
    head.cluster = ClusterId{record.fields().uint()};
    head.version = record.fields().bytes();
    head.taken = std::chrono::milliseconds{record.fields().integer()};
    const std::string_view manifest = record.fields().bytes();
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    auto decoded = decode_manifest(manifest);
    if (!decoded.ok()) return decoded.error();
    head.manifest = std::move(*decoded);
    return head;
}

std::uint64_t hash_of_backup(std::string_view encoded_head) {
    return load_big_endian<std::uint64_t>(encoded_head.data() + encoded_head.size() - head_hash_bytes);
}

std::uint64_t backup_bytes(std::string_view encoded_head, const SnapshotManifest& manifest) {
    const std::uint64_t chunks = std::uint64_t{manifest.chunks[0]} + manifest.chunks[1];
    return encoded_head.size() + chunks * chunk_header_bytes + manifest.bytes;
}

Result<BackupHead> BackupReader::head() {
    encoded_head_.resize(prefix_bytes);
    if (read(encoded_head_.data(), prefix_bytes) < prefix_bytes) return short_or_unreadable();
    const auto size = record_size(encoded_head_);
    if (!size) return damaged(no_backup);
    const auto rest = read_bytes(*size + head_hash_bytes);
    if (!rest.ok()) return rest.error();
    encoded_head_ += *rest;
    auto head = decode_backup_head(encoded_head_);
    if (!head.ok() && head.error().code == Code::damaged) return damaged(head.error().message);
    if (!head.ok()) return head.error();
    manifest_ = head->manifest;
    offset_ = encoded_head_.size();
    return head;
}

Result<std::optional<SnapshotChunk>> BackupReader::next() {
    const auto name = chunk_at(manifest_, place_);
    if (!name) {
        if (auto checked = check_end(); !checked.ok()) return checked.error();
        return std::optional<SnapshotChunk>{};
    }
    ChunkHeaderBytes header_bytes{};
    if (read(header_bytes.data(), header_bytes.size()) < header_bytes.size()) return short_or_unreadable();
    const auto header = decode_chunk_header(header_bytes, manifest_.meta.id);
    if (!header || header->name != *name || header->size > manifest_.bytes - bytes_)
        return damaged("what stands before its bytes is not of this chunk");
    auto bytes = read_bytes(header->size);
    if (!bytes.ok()) return bytes.error();
    SnapshotChunk chunk{*name, std::move(*bytes)};
    if (hash_of(chunk.name, chunk.bytes) != header->hash) return damaged("its hash is not that of its bytes");
    offset_ += header_bytes.size() + chunk.bytes.size();
    bytes_ += chunk.bytes.size();
    hash_ += header->hash;
    ++place_;
    return std::optional(std::move(chunk));
}

Result<void> BackupReader::check_end() {
    if (bytes_ != manifest_.bytes || hash_ != manifest_.hash)
        return damaged("its chunks are not those that its head tells of");
    char beyond = 0;
    if (read(&beyond, 1) > 0) return damaged("something follows its end");
    if (in_.bad()) return short_or_unreadable();
    return {};
}

std::size_t BackupReader::read(char* to, std::size_t size) {
    in_.read(to, static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(in_.gcount());
}

// What a damaged size announces is not taken on trust: memory grows with what is there.
Result<std::string> BackupReader::read_bytes(std::uint64_t size) {
    std::string bytes;
    while (bytes.size() < size) {
        const std::size_t before = bytes.size();
        bytes.resize(std::min<std::uint64_t>(size, before + read_at_once));
        if (read(bytes.data() + before, bytes.size() - before) < bytes.size() - before)
            return short_or_unreadable();
    }
    return bytes;
}

Error BackupReader::short_or_unreadable() const {
    if (in_.bad()) return {Code::io, "it cannot be read at byte " + std::to_string(offset_)};
    return damaged("it is cut off");
}

Error BackupReader::damaged(std::string_view what) const {
    std::string where = "at byte " + std::to_string(offset_);
    const bool in_chunk = offset_ > 0 && chunk_at(manifest_, place_).has_value();
    if (in_chunk) where += ", " + described(*chunk_at(manifest_, place_));
    return {Code::damaged, where + ": " + std::string(what)};
}

}  // namespace kvbus::wire
