// Builds the machine of a stored snapshot, and believes none of it unchecked. A second thread reads and
// hashes some chunks ahead, so that the first has nothing to do but to build.
#pragma once

#include <kvbus/error.h>

#include "machine/machine.h"
#include "storage/snapshot_files.h"
#include "wire/snapshot.h"

namespace kvbus::storage {

// Logs its progress. Errors: damaged (a chunk is missing or is not what the manifest says), io.
[[nodiscard]] Result<machine::Machine> load_machine(const SnapshotFiles& files,
                                                    const wire::SnapshotManifest& manifest,
                                                    const machine::Limits& limits);

// The same, of a snapshot that an earlier process stored.
[[nodiscard]] Result<machine::Machine> open_machine(SnapshotFiles& files,
                                                    const wire::SnapshotManifest& manifest,
                                                    const machine::Limits& limits);

}  // namespace kvbus::storage
