#include "storage/restore.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "machine/skip_revisions.h"
#include "storage/data_dir.h"
#include "storage/durable_file.h"
#include "storage/errors.h"
#include "storage/snapshot_files.h"
#include "wire/stored_chunk.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "RESTORE";

// Far from the end of what can be counted, as machine::ImageBuilder wants it.
constexpr std::uint64_t revision_max = std::uint64_t{1} << 62;

Result<void> bump(machine::ImageHeader& header, std::uint64_t by) {
    if (by > revision_max - std::min(revision_max, header.revision.value)) {
        return Error{Code::invalid_argument,
                     fmt::format("--bump-revision: revision {} and {} more is beyond what can be counted",
                                 header.revision.value, by)};
    }
    machine::skip_revisions(header, by);
    return {};
}

Result<void> make_empty_dir(const fs::path& dir) {
    if (auto made = make_data_dir(dir); !made.ok()) return made;
    const auto unused = is_unused(dir);
    if (!unused.ok()) return unused.error();
    if (*unused) return {};
    return Error{
        Code::invalid_argument,
        fmt::format("{} is not empty; a backup is restored into a new directory only: choose another "
                    "--data-dir, or move what is there away",
                    dir.native())};
}

Result<void> copy_chunks(wire::BackupReader& reader, const wire::BackupHead& head,
                         const RestoreOptions& options) {
    SnapshotFiles files(options.dir);
    const std::uint64_t total = wire::backup_bytes(reader.encoded_head(), head.manifest);
    for (;;) {
        auto chunk = reader.next();
        if (!chunk.ok()) return chunk.error();
        if (!*chunk) break;
        if (auto stored = files.store(**chunk); !stored.ok()) return stored;
        options.progress(reader.offset(), total);
    }
    return files.sync(head.manifest.meta.id);
}

// What a restore that failed has written, so that the next one finds the directory empty.
void clean(const fs::path& dir, std::uint64_t snapshot) {
    std::error_code ignored;
    fs::remove(dir / wire::snapshot_file_name(snapshot), ignored);
    discard_durable_file(dir, file_name);
}

}  // namespace

Result<wire::BackupHead> restore(std::istream& backup, const RestoreOptions& options) {
    wire::BackupReader reader(backup);
    auto head = reader.head();
    if (!head.ok()) return head;
    if (auto bumped = bump(head->manifest.header, options.bump); !bumped.ok()) return bumped.error();
    if (auto made = make_empty_dir(options.dir); !made.ok()) return made.error();
    auto restored = copy_chunks(reader, *head, options);
    if (restored.ok()) restored = write_durable_file(options.dir, file_name, wire::encode_backup_head(*head));
    if (restored.ok()) return head;
    clean(options.dir, head->manifest.meta.id);
    return restored.error();
}

bool is_restored(const fs::path& dir) {
    std::error_code error;
    return fs::exists(dir / file_name, error);
}

Result<std::optional<Restored>> find_restored(const fs::path& dir) {
    if (!is_restored(dir)) return std::optional<Restored>{};
    std::ifstream file(dir / file_name, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    if (!file) return Error{Code::io, fmt::format("cannot read {}", (dir / file_name).native())};
    const std::string bytes = content.str();
    auto head = wire::decode_backup_head(bytes);
    if (!head.ok()) return not_restored(dir, head.error());
    return std::optional(Restored{std::move(head->manifest), wire::hash_of_backup(bytes)});
}

void forget_restored(const fs::path& dir) {
    std::error_code error;
    fs::remove(dir / file_name, error);
    if (error) log_warn(fmt::format("cannot remove {}: {}", (dir / file_name).native(), error.message()));
}

}  // namespace kvbus::storage
