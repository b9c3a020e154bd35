// When a node takes a snapshot of its machine, how much of the log it keeps behind it, and what of the disk
// snapshots leave to the log.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "wire/limits.h"

namespace kvbus::node {

// One is taken when the log since the last one has log_bytes_min, and log_percent of the bytes of that one.
struct SnapshotPolicy {
    std::uint64_t log_bytes_min = 64 << 20;  // 0: never
    std::uint64_t log_percent = 50;
    // Left in the log behind a snapshot, for followers that are not far behind; never more than what came
    // after the snapshot before.
    std::uint64_t log_bytes_kept = 16 << 20;
    std::size_t parts_per_turn = 256;  // of the image; some tenths of a millisecond
    std::size_t chunk_bytes = wire::limits::snapshot_chunk_bytes;
};

// While more bytes of chunks than this wait for the disk, none are added; it is looked at again after a
// pause.
inline constexpr std::uint64_t chunk_bytes_waiting_max = 8 << 20;
inline constexpr Duration disk_pause = std::chrono::milliseconds{1};
// Of the free disk space, for the log meanwhile.
inline constexpr std::uint64_t bytes_left_to_log = 16 << 20;

}  // namespace kvbus::node
