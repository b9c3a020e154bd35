// The log of one node on disk: entries, term and vote, and whose they are. Verified when opened, synced when
// written. Owned by one thread at a time; the disk thread in a running node (storage/disk_thread.h).
//
// Always true: entries are contiguous from the start of the log, and their chain is whole; hard_state.commit
// <= last; what write() has returned ok for is on the disk. After an error of write() it is not known what is
// there: the store must not be used again, and the process should end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include <kvbus/error.h>

#include "raft/core.h"
#include "storage/data_dir.h"
#include "storage/log_loader.h"
#include "wire/log_record.h"

namespace kvbus::storage {

struct StoreOptions {
    std::filesystem::path dir;  // made when missing
    wire::Identity identity;    // stored in a new one, compared with what is in an old one
};

class LogStore {
  public:
    struct Opened {
        std::unique_ptr<LogStore> store;
        Recovered recovered;
    };

    // Calls `on_committed` for each committed entry in order; an error of it ends the opening. Logs its
    // progress. Errors: in_use, wrong_cluster, damaged, invalid_argument (not a directory of ours),
    // unsupported (stored by a newer version), no_space, io.
    [[nodiscard]] static Result<Opened> open(const StoreOptions& options, const OnCommitted& on_committed);

    ~LogStore();
    LogStore(const LogStore&) = delete;
    LogStore& operator=(const LogStore&) = delete;

    // Carries out all of them in order, with one sync; with none when there is nothing to store. Errors:
    // no_space, io, damaged.
    [[nodiscard]] Result<void> write(std::span<const raft::Write> writes);

    // What is there of the wanted entries, from fetch.first on; fewer when fetch.bytes_max is reached.
    [[nodiscard]] Result<std::vector<raft::Entry>> read(const raft::LogFetch& fetch) const;

    [[nodiscard]] DiskFigures measure() const;  // some system calls
    [[nodiscard]] std::uint64_t syncs() const;  // of the log, since it was opened

  private:
    struct State;
    explicit LogStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::storage
