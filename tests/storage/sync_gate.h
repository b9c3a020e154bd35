// Stands between RocksDB and the disk: the tests' own fdatasync(), which can hold, fail or let pass. It
// replaces libc's for the whole test program, RocksDB's calls included, so that nothing in the product needs
// a hook.
#pragma once

#include <chrono>

namespace kvbus::storage::sync_gate {

void hold();                  // syncs wait from now on
void release();               // those that wait, and later ones, go through
void fail(int error_number);  // syncs fail from now on; 0: they do not

// True once a sync waits at the gate; false when none came in time.
[[nodiscard]] bool wait_for_held_sync(std::chrono::seconds timeout = std::chrono::seconds{30});

}  // namespace kvbus::storage::sync_gate
