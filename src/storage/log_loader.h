// Reads what a node stored, and believes none of it unchecked: the snapshot that counts, contiguous indexes,
// chained hashes, terms that never fall, a commit that is there. Runs once, at the start.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <kvbus/error.h>

#include "machine/machine.h"
#include "raft/types.h"
#include "storage/rocks.h"
#include "storage/snapshot_files.h"
#include "wire/log_record.h"
#include "wire/snapshot.h"

namespace kvbus::storage {

// What the disk held. Entries up to `base` are in the machine, and stay on disk only.
struct Recovered {
    raft::HardState hard_state;
    std::optional<wire::SnapshotManifest> snapshot;  // the one that counts
    machine::Machine machine{};                      // of the snapshot and the committed entries after it
    raft::EntryId base;             // of the entry at hard_state.commit; zero when there never was one
    std::vector<raft::Entry> tail;  // all entries after it
    raft::EntryId log_start;        // the entry before the first in the log; zero when none was dropped
    Index last;                     // of the log; that of log_start when it is empty
    std::uint64_t log_bytes = 0;    // of the entries after the snapshot, up to base
    bool fresh = false;             // nothing was ever stored here: no term, no vote, no entry
};

// The last entry of the log, or what stands before its first.
struct LogEnd {
    raft::EntryId id;
    std::uint64_t chain = 0;
};

struct Loaded {
    Recovered recovered;
    wire::LogStart start;
    LogEnd end;
};

// Applies a committed entry.
using Apply = std::function<Result<void>(machine::Machine&, const raft::Entry&)>;

// What a new database begins with.
struct Beginning {
    wire::Identity configured;                       // of no origin
    std::uint64_t origin = 0;                        // of what was restored here; 0: nothing was
    std::optional<wire::SnapshotManifest> snapshot;  // that counts, with the log behind it
};

// The identity in the database, which follows from the configured one and the origin; a database that has
// none begins, all at once, if it may. Errors: wrong_cluster, damaged, io.
[[nodiscard]] Result<wire::Identity> settle_identity(const Rocks& rocks, const Beginning& beginning,
                                                     bool create);

// Builds the machine of the snapshot that counts, if there is one, and has each committed entry after it
// applied, in order, each verified before; an error of `apply` ends the load.
[[nodiscard]] Result<Loaded> load(const Rocks& rocks, SnapshotFiles& files, const machine::Limits& limits,
                                  const Apply& apply);

}  // namespace kvbus::storage
