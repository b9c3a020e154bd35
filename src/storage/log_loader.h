// Reads what a node stored, and believes none of it unchecked: contiguous indexes, chained hashes, terms that
// never fall, a commit that is there. Runs once, at the start.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <kvbus/error.h>

#include "raft/types.h"
#include "storage/rocks.h"
#include "wire/log_record.h"

namespace kvbus::storage {

// What the disk held. Entries up to `base` were handed out one by one and stay on disk only.
struct Recovered {
    raft::HardState hard_state;
    raft::EntryId base;             // of the entry at hard_state.commit; zero on an empty log
    std::vector<raft::Entry> tail;  // all entries after it
    Index first;                    // of the log; last + 1 when there is none
    Index last;
    bool fresh = false;  // nothing was ever stored here: no term, no vote, no entry
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

using OnCommitted = std::function<Result<void>(const raft::Entry&)>;

// The identity in the database, or `identity` after storing it in a new one. Errors: wrong_cluster, damaged,
// io.
[[nodiscard]] Result<void> check_identity(const Rocks& rocks, const wire::Identity& identity, bool create);

// Calls `on_committed` for each entry up to the commit, in order, each verified before; an error of it ends
// the load.
[[nodiscard]] Result<Loaded> load(const Rocks& rocks, const OnCommitted& on_committed);

}  // namespace kvbus::storage
