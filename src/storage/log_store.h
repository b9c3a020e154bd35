// The log of one node on disk: entries, term and vote, which snapshot counts, and whose they are. Verified
// when opened, synced when written. Owned by one thread at a time; the disk thread in a running node
// (storage/disk_thread.h).
//
// Always true: entries are contiguous from the start of the log, and their chain is whole; log start <= last
// entry of the snapshot <= hard_state.commit <= last; what write() or publish() has returned ok for is on the
// disk. After an error of these two it is not known what is there: the store must not be used again, and the
// process should end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <kvbus/error.h>

#include "raft/core.h"
#include "storage/data_dir.h"
#include "storage/log_loader.h"
#include "storage/snapshot_files.h"
#include "wire/log_record.h"
#include "wire/snapshot.h"

namespace kvbus::storage {

struct StoreOptions {
    std::filesystem::path dir;      // made when missing
    wire::Identity identity;        // as configured; stored in a new one, compared with what is in an old one
    raft::Membership membership{};  // as configured; what was restored from a backup begins with it
    machine::Limits machine{};      // of the one that is built
};

class LogStore {
  public:
    struct Opened {
        std::unique_ptr<LogStore> store;
        SnapshotFiles snapshots;  // no others than the one that counts
        Recovered recovered;
        ClusterId cluster;  // the configured one, or, where a backup was restored, one of its own
    };

    // Takes over what was restored from a backup (storage/restore.h). Builds the machine; an error of `apply`
    // ends the opening. Logs its progress. Errors: in_use, wrong_cluster, damaged, invalid_argument (not a
    // directory of ours), unsupported (stored by a newer version), no_space, io.
    [[nodiscard]] static Result<Opened> open(const StoreOptions& options, const Apply& apply);

    ~LogStore();
    LogStore(const LogStore&) = delete;
    LogStore& operator=(const LogStore&) = delete;

    // Carries out all of them in order, with one sync; with none when there is nothing to store. Errors:
    // no_space, io, damaged.
    [[nodiscard]] Result<void> write(std::span<const raft::Write> writes);

    // The snapshot counts from now on, and the log up to `drop_through` is gone, if it reaches as far back.
    // The snapshot's chunks must be durable. What stands before the first entry that is left. Errors: as of
    // write().
    [[nodiscard]] Result<raft::EntryId> publish(const wire::SnapshotManifest& manifest, Index drop_through);

    // The chunks of this snapshot are durable, and good: a write may install it.
    void loaded(const wire::SnapshotManifest& manifest);

    [[nodiscard]] std::optional<std::uint64_t> snapshot() const;  // the one that counts

    // What is there of the wanted entries, from fetch.first on; fewer when fetch.bytes_max is reached, none
    // when fetch.first has been dropped.
    [[nodiscard]] Result<std::vector<raft::Entry>> read(const raft::LogFetch& fetch) const;

    [[nodiscard]] const std::filesystem::path& dir() const;
    [[nodiscard]] DiskFigures measure() const;  // some system calls
    [[nodiscard]] std::uint64_t syncs() const;  // of the log, since it was opened

  private:
    struct State;
    explicit LogStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::storage
