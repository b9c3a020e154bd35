// How a log entry and the node's identity are stored. The chain ties each entry to all before it: a lost,
// swapped or altered entry breaks every hash after it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "raft/types.h"

namespace kvbus::wire {

// XXH3-64 over the predecessor's chain and this entry's index, term, type and data. The entry before the
// first has 0.
[[nodiscard]] std::uint64_t chain_hash(std::uint64_t previous, const raft::Entry& entry);

struct LogRecord {
    raft::Entry entry;
    std::uint64_t chain = 0;
};

// Replaces `out`. The index is the record's key, not part of it.
void encode_log_record(std::string& out, const raft::Entry& entry, std::uint64_t chain);
[[nodiscard]] Result<LogRecord> decode_log_record(Index index, std::string_view bytes);

void encode_hard_state(std::string& out, const raft::HardState& hard_state);
[[nodiscard]] Result<raft::HardState> decode_hard_state(std::string_view bytes);

// What stands before the first entry of the log: nothing yet, or the last entry that a snapshot replaced.
struct LogStart {
    raft::EntryId previous;
    std::uint64_t chain = 0;
    friend bool operator==(const LogStart&, const LogStart&) = default;
};

void encode_log_start(std::string& out, const LogStart& start);
[[nodiscard]] Result<LogStart> decode_log_start(std::string_view bytes);

struct Identity {
    ClusterId cluster;
    NodeId node;
    std::string node_name;
    std::uint64_t origin = 0;  // of the backup that the cluster was restored from; 0: from none
    friend bool operator==(const Identity&, const Identity&) = default;
};

// The identity of a node whose cluster was restored from a backup with this hash (wire/backup.h): another
// cluster than the configured one, and than one that was restored from anything else, so that they never mix.
[[nodiscard]] Identity restored_from(Identity configured, std::uint64_t origin);

void encode_identity(std::string& out, const Identity& identity);
[[nodiscard]] Result<Identity> decode_identity(std::string_view bytes);

}  // namespace kvbus::wire
