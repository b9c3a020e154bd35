// A data directory that is made from a backup (wire/backup.h), and what a first start finds there: the chunks
// in a file as every node has them, and a file RESTORE, the head of the backup. Needs no database, so that
// kvctl makes it.
//
// Always true: where RESTORE is, all that it speaks of is there too, durably. A directory without it, in
// which a restore did not come to its end, is none that kvd takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <optional>

#include <kvbus/error.h>

#include "wire/backup.h"

namespace kvbus::storage {

struct RestoreOptions {
    std::filesystem::path dir;  // new, or empty
    // Added to the revision. Then everything up to the sum counts as compacted: whoever saw the revisions
    // that were lost with the old cluster is told so, and does not take the new ones for what it knows.
    std::uint64_t bump = 0;
    std::function<void(std::uint64_t bytes, std::uint64_t of)> progress = [](auto, auto) {};
};

// Verifies the backup as it goes. What was restored, with the revision that it has now. Errors:
// invalid_argument (the directory is used, a bump beyond all bounds), damaged, unsupported, no_space, io.
[[nodiscard]] Result<wire::BackupHead> restore(std::istream& backup, const RestoreOptions& options);

struct Restored {
    wire::SnapshotManifest manifest;
    std::uint64_t origin =
        0;  // the hash of RESTORE: the same wherever the same was restored, and nowhere else
};
[[nodiscard]] bool is_restored(const std::filesystem::path& dir);
// Nothing when there is no RESTORE. Errors: damaged, unsupported, io.
[[nodiscard]] Result<std::optional<Restored>> find_restored(const std::filesystem::path& dir);
// The node has taken it over.
void forget_restored(const std::filesystem::path& dir);

}  // namespace kvbus::storage
