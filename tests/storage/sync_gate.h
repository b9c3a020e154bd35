// Stands between RocksDB and the disk: the tests' own fdatasync(), which can hold, fail or let pass. It
// replaces libc's for the whole test program, RocksDB's calls included, so that nothing in the product needs
// a hook.
#pragma once

#include <chrono>
#include <string>

namespace kvbus::storage::sync_gate {

// The gate is for files whose names end so; for all when nothing is said.
void hold(const std::string& names_end = {});  // syncs wait from now on
void release();                                // those that wait, and later ones, go through
void fail(int error_number, const std::string& names_end = {});  // syncs fail from now on; 0: they do not

// True once a sync waits at the gate; false when none came in time.
[[nodiscard]] bool wait_for_held_sync(std::chrono::seconds timeout = std::chrono::seconds{30});

}  // namespace kvbus::storage::sync_gate
