// How far the log was durable: a file of one number beside the database, DURABLE.
//
// A write-ahead log that was cut off at the end of a record, or taken away whole, looks like a log that ended
// there; no checksum inside it can tell. So after each sync the sequence number of the last synced write goes
// into this file, and a database that comes back with less has lost what this node may have acknowledged. The
// file is not synced itself: one more sync for each write would cost as much as the write. The kernel keeps
// what a killed process wrote; after a power cut the number may be some seconds old, never ahead. The lock on
// the file is what keeps a second process out.
//
// Owned by one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>

#include <kvbus/error.h>

namespace kvbus::storage {

class DurableMark {
  public:
    // Opens and locks the mark; makes one in a directory that is unused, or made from a backup. Errors:
    // in_use, invalid_argument (the directory holds something else), damaged, io, no_space.
    [[nodiscard]] static Result<DurableMark> open(const std::filesystem::path& dir);

    DurableMark(DurableMark&& other) noexcept;
    DurableMark& operator=(DurableMark&&) = delete;
    ~DurableMark();

    // Zero as long as nothing was durable.
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

    // One system call. `sequence` never goes back.
    [[nodiscard]] Result<void> advance(std::uint64_t sequence);

  private:
    DurableMark(std::filesystem::path dir, int fd) : dir_(std::move(dir)), fd_(fd) {}
    [[nodiscard]] Result<void> lock() const;
    [[nodiscard]] Result<void> load();
    [[nodiscard]] Result<void> store(std::uint64_t sequence);
    [[nodiscard]] Result<void> make_permanent() const;

    std::filesystem::path dir_;
    int fd_;
    std::uint64_t sequence_ = 0;
};

}  // namespace kvbus::storage
