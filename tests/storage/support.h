// What the storage tests share: a directory that cleans up after itself, writes in one line, a store read
// back whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>

#include "raft/core.h"
#include "storage/log_store.h"

namespace kvbus::storage {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    // Does not exist until a store is opened there.
    [[nodiscard]] std::filesystem::path data() const { return path_ / "data"; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// While it lives, processes that die on purpose leave their temporary files in `dir`.
class TempFilesIn {
  public:
    explicit TempFilesIn(const std::filesystem::path& dir);
    ~TempFilesIn();
    TempFilesIn(const TempFilesIn&) = delete;
    TempFilesIn& operator=(const TempFilesIn&) = delete;

  private:
    std::filesystem::path usual_;
};

[[nodiscard]] std::string bytes_of(const std::filesystem::path& file);
void set_bytes(const std::filesystem::path& file, std::string_view bytes);

[[nodiscard]] wire::Identity test_identity();
[[nodiscard]] StoreOptions options_for(const std::filesystem::path& dir);

// An entry whose data follows from its id, so that a reader can tell whether it got the right one.
[[nodiscard]] raft::Entry entry(std::uint64_t index, std::uint64_t term, std::size_t bytes = 100);
[[nodiscard]] raft::HardState hard_state(std::uint64_t term, std::uint64_t vote, std::uint64_t commit);

// Appends the entries first..last of `term`, with that term stored and `commit` committed.
[[nodiscard]] raft::Write append(std::uint64_t first, std::uint64_t last, std::uint64_t term,
                                 std::uint64_t commit = 0);

// Opens without wanting the committed entries.
[[nodiscard]] Result<LogStore::Opened> open_store(const std::filesystem::path& dir);

// Everything that a start finds.
struct Content {
    Recovered recovered;
    std::vector<raft::Entry> entries;  // all after the snapshot, committed or not
};
[[nodiscard]] Result<Content> read_back(const std::filesystem::path& dir);

}  // namespace kvbus::storage
