// A backup: a snapshot in one file (PROTOCOL.md, 15). Its head says what it is of, and its chunks follow,
// section by section, as in a node's own file. Every byte is covered by a hash, or is the only one that can
// stand there: what was altered, cut off or added shows. One thread; reading takes the memory of one chunk.
#pragma once

#include <chrono>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "wire/snapshot.h"

namespace kvbus::wire {

struct BackupHead {
    SnapshotManifest manifest;
    ClusterId cluster;                  // that it is of
    std::string version;                // of the program that made the file
    std::chrono::milliseconds taken{};  // since 1970, by that program's clock
};

// Magic, size, record, hash of all that.
[[nodiscard]] std::string encode_backup_head(const BackupHead& head);
// All of `bytes` must be it. Errors: damaged, unsupported (of a newer version).
[[nodiscard]] Result<BackupHead> decode_backup_head(std::string_view bytes);
// Of an encoded head. It names the backup, since the head has the hash of all chunks.
[[nodiscard]] std::uint64_t hash_of_backup(std::string_view encoded_head);

// How long a whole backup is.
[[nodiscard]] std::uint64_t backup_bytes(std::string_view encoded_head, const SnapshotManifest& manifest);

// Reads a backup from its beginning to its end. Errors name the place; after one there is nothing more to
// read. `in` outlives it.
class BackupReader {
  public:
    explicit BackupReader(std::istream& in) : in_(in) {}

    // To be called first, once. Errors: damaged, unsupported, io, as next().
    [[nodiscard]] Result<BackupHead> head();
    [[nodiscard]] const std::string& encoded_head() const { return encoded_head_; }

    // Nothing after the last chunk, when the whole adds up and the file ends there.
    [[nodiscard]] Result<std::optional<SnapshotChunk>> next();

    [[nodiscard]] std::uint64_t offset() const { return offset_; }  // what is before it is good
    [[nodiscard]] std::uint64_t chunks() const { return place_; }   // that were read

  private:
    [[nodiscard]] std::size_t read(char* to, std::size_t size);  // the number of bytes that were there
    [[nodiscard]] Result<std::string> read_bytes(std::uint64_t size);
    [[nodiscard]] Result<void> check_end();
    [[nodiscard]] Error damaged(std::string_view what) const;
    [[nodiscard]] Error short_or_unreadable() const;

    std::istream& in_;
    std::string encoded_head_;
    SnapshotManifest manifest_;
    std::uint64_t offset_ = 0;
    std::uint64_t place_ = 0;  // of the next chunk among all
    std::uint64_t bytes_ = 0;  // in the chunks so far
    std::uint64_t hash_ = 0;   // the sum of theirs
};

}  // namespace kvbus::wire
