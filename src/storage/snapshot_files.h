// The chunks of snapshots: a file for each snapshot, ID.snapshot beside the database, to which chunks are
// added as they come. A file goes as a whole.
//
// In RocksDB they would be written three times (memtable, then file, with its WAL or a flush in between), a
// column family that is written faster than it is flushed would stall the log's writes with its own, and
// without compaction its files could only be deleted oldest first.
//
// Owned by one thread at a time. Errors of damage say what, but not in which directory. After an error of
// store() or sync() it is not known what is in the file: the process should end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "wire/snapshot.h"

namespace kvbus::storage {

class SnapshotFiles {
  public:
    explicit SnapshotFiles(std::filesystem::path dir);
    SnapshotFiles(SnapshotFiles&&) noexcept;
    SnapshotFiles& operator=(SnapshotFiles&&) = delete;
    ~SnapshotFiles();

    // Finds the chunks of a snapshot that an earlier process stored. Errors: damaged, io.
    [[nodiscard]] Result<void> open(std::uint64_t snapshot);

    // Adds a chunk, and begins to write it out; the file of its snapshot is made with the first. A chunk that
    // is stored again takes the place of the one before. Errors: no_space, io.
    [[nodiscard]] Result<void> store(const wire::SnapshotChunk& chunk);

    // Makes all chunks of a snapshot durable. Errors: no_space, io.
    [[nodiscard]] Result<void> sync(std::uint64_t snapshot);

    // Empty when there is no such chunk. Errors: damaged, io.
    [[nodiscard]] Result<std::string> read(const wire::ChunkName& chunk) const;

    [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }

    void remove(std::uint64_t snapshot);                         // no effect when there is none
    void remove_all_but(std::optional<std::uint64_t> snapshot);  // those of earlier processes too

  private:
    struct File;
    [[nodiscard]] std::filesystem::path path_of(std::uint64_t snapshot) const;
    [[nodiscard]] Result<void> index(File& file) const;
    [[nodiscard]] Error error(const File& file, std::string_view doing) const;

    std::filesystem::path dir_;
    std::map<std::uint64_t, File> files_;
};

}  // namespace kvbus::storage
