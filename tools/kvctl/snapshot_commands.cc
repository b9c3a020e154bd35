// snapshot save, status, verify, restore.
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/progress.h"
#include "kvctl/snapshot_save.h"
#include "storage/restore.h"

namespace kvbus::kvctl {
namespace {

BackupView view_of(const wire::BackupHead& head) {
    const std::string encoded = wire::encode_backup_head(head);
    const machine::ImageHeader& header = head.manifest.header;
    return {.hash = wire::hash_of_backup(encoded),
            .cluster = head.cluster,
            .version = head.version,
            .taken = head.taken,
            .revision = header.revision,
            .compacted = header.compacted,
            .keys = header.key_count,
            .bytes = wire::backup_bytes(encoded, head.manifest),
            .state_hash = header.state_hash};
}

// For people a sentence, for programs what the backup is.
Finish done(const Globals& globals, const std::string& sentence, const wire::BackupHead& head) {
    if (globals.print.format == Format::simple) return {exit_ok, sentence + "\n", {}};
    return {exit_ok, make_printer(globals.print)->backup(view_of(head)), {}};
}

// Of a file that is bad input when it is no good.
Finish fail_on(const std::string& file, const Error& error) {
    const bool is_bad = error.code == Code::damaged || error.code == Code::unsupported;
    return fail(is_bad ? exit_input : exit_status_of(error.code), file + ": " + error.message);
}

Finish unreadable(const std::string& file) {
    return fail(exit_arguments, "FILE: " + file + " cannot be read");
}

// --- save ---

struct SaveFlags {
    std::string file;
};

void add_save_flags(CLI::App& app, SaveFlags& flags) {
    app.add_option("FILE", flags.file, "The backup; until it is whole it is called FILE.part")->required();
}

Finish save(const Globals& globals, const SaveFlags& flags) {
    const Interruption interruption;
    auto file = PartFile::open(flags.file);
    if (!file.ok()) return fail(file.error());
    const auto saved = SnapshotSave(globals, *file, interruption).run();
    if (!saved.ok()) return fail(saved.error());
    return done(globals, "Snapshot saved at " + flags.file, *saved);
}

// --- status, verify ---

struct FileFlags {
    std::string file;
};

void add_file_flags(CLI::App& app, FileFlags& flags) {
    app.add_option("FILE", flags.file, "A backup, as snapshot save makes it")->required();
}

Finish status(const Globals& globals, const FileFlags& flags) {
    std::ifstream in(flags.file, std::ios::binary);
    if (!in) return unreadable(flags.file);
    wire::BackupReader reader(in);
    const auto head = reader.head();
    if (!head.ok()) return fail_on(flags.file, head.error());
    const BackupView view = view_of(*head);
    std::error_code error;
    const auto size = std::filesystem::file_size(flags.file, error);
    if (error) return unreadable(flags.file);
    if (size != view.bytes) {
        return fail(exit_input, flags.file + ": it has " + std::to_string(size) + " bytes, and should have " +
                                    std::to_string(view.bytes));
    }
    return {exit_ok, make_printer(globals.print)->backup(view), {}};
}

// Builds what a node would build.
Result<wire::BackupHead> verify_all(std::istream& in) {
    wire::BackupReader reader(in);
    auto head = reader.head();
    if (!head.ok()) return head;
    Progress progress("MiB verified", wire::backup_bytes(reader.encoded_head(), head->manifest) >> 20);
    wire::ImageReader image(machine::Limits{}, head->manifest);
    for (;;) {
        const auto chunk = reader.next();
        if (!chunk.ok()) return chunk.error();
        if (!*chunk) break;
        if (auto added = image.add((*chunk)->name, (*chunk)->bytes); !added.ok()) return added.error();
        progress.at(reader.offset() >> 20);
    }
    const auto machine = image.finish();
    if (!machine.ok()) return machine.error();
    return head;
}

Finish verify(const Globals& globals, const FileFlags& flags) {
    std::ifstream in(flags.file, std::ios::binary);
    if (!in) return unreadable(flags.file);
    const auto verified = verify_all(in);
    if (!verified.ok()) return fail_on(flags.file, verified.error());
    return {exit_ok, make_printer(globals.print)->backup(view_of(*verified)), {}};
}

// --- restore ---

struct RestoreFlags {
    std::string file;
    std::string data_dir;
    std::uint64_t bump = 0;
};

void add_restore_flags(CLI::App& app, RestoreFlags& flags) {
    app.add_option("FILE", flags.file, "A backup, as snapshot save makes it")->required();
    app.add_option("--data-dir", flags.data_dir, "A directory that is not there yet, or is empty")
        ->required();
    add_parsed(
        app, "--bump-revision", flags.bump, parse_decimal,
        {"N", not_a_number,
         "Go on from so many revisions later, and count all up to there as compacted; if not given: 0"});
}

Finish restore(const Globals& globals, const RestoreFlags& flags) {
    std::ifstream in(flags.file, std::ios::binary);
    if (!in) return unreadable(flags.file);
    Progress progress("MiB restored", 0);
    const auto restored = storage::restore(
        in, {.dir = flags.data_dir, .bump = flags.bump, .progress = [&](std::uint64_t bytes, std::uint64_t) {
                 progress.at(bytes >> 20);
             }});
    if (!restored.ok()) return fail_on(flags.file, restored.error());
    const machine::ImageHeader& header = restored->manifest.header;
    return done(globals,
                std::to_string(header.key_count) + " keys at revision " +
                    std::to_string(header.revision.value) + " restored to " + flags.data_dir +
                    "; restore the same for each node, then start them with kvd",
                *restored);
}

}  // namespace

void add_snapshot_commands(CLI::App& app, Command& chosen) {
    CLI::App* group = app.add_subcommand("snapshot", "Makes, checks and restores backups");
    group->require_subcommand(1)->fallthrough();
    group->footer("Example: kvctl snapshot save backup.kvb");
    add_command(
        *group, chosen,
        {"save", "Writes a backup of the cluster to a file, while it goes on",
         "It has everything that was acknowledged before, whichever endpoint is asked; the first one\n"
         "that answers takes the snapshot. What is interrupted goes on when the same command is given\n"
         "again soon.\n\n"
         "Example: kvctl snapshot save /backup/$(date +%F).kvb"},
        add_save_flags, save);
    add_command(
        *group, chosen,
        {"status", "Shows what a backup is of, from its first bytes",
         "Its hash, revision, keys, size, cluster and time. Checks the length, but reads only the head;\n"
         "snapshot verify reads all.\n\n"
         "Example: kvctl snapshot status backup.kvb -w table"},
        add_file_flags, status);
    add_command(
        *group, chosen,
        {"verify", "Checks every byte of a backup; exit status 3 when it is no good",
         "Reads it all, builds in memory what a node would build of it, and says where the damage is.\n\n"
         "Example: kvctl snapshot verify backup.kvb"},
        add_file_flags, verify);
    add_command(
        *group, chosen,
        {"restore", "Makes the data directory of a new cluster's node from a backup",
         "To be done for each node, with the same file and flags. Then each is started with kvd as for\n"
         "a new cluster, whose id is a new one even if all names, addresses and tokens are those of\n"
         "the old. Leases and keys with a time to live go on with the time that was left.\n\n"
         "Without --bump-revision, revisions that were given after the backup are given again for other\n"
         "changes: whoever saw the old ones would not notice. Give more than the cluster can have made\n"
         "since, and they are told \"compacted\" and read anew.\n\n"
         "Example: kvctl snapshot restore backup.kvb --data-dir /var/lib/kvbus --bump-revision 1000000000"},
        add_restore_flags, restore);
}

}  // namespace kvbus::kvctl
