// history.
#include <iterator>
#include <utility>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/change_history.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/interruption.h"
#include "kvctl/output.h"
#include "kvctl/parse_text.h"
#include "kvctl/progress.h"
#include "kvctl/revision_diff.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    std::string key;
    bool prefix = false;
    std::uint64_t limit = 0;
    RevisionPair revisions;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("KEY", flags.key, "The key")->required();
    app.add_flag("--prefix", flags.prefix, "All keys that begin with KEY; all keys if that is \"\"");
    add_parsed(app, "--rev", flags.revisions, parse_revision_pair,
               {"A[..B]", "is neither a revision nor two with .. between them, as in 7 or 7..12",
                "Only changes from revision A to B, both included; to now, if there is no B", false, "all"});
    add_parsed(app, "--limit", flags.limit, parse_decimal,
               {"N", not_a_number, "Only the last N of these changes; 0: all", false, "0"});
}

// The formats whose lines stand alone are written as they come; with a limit nothing is known to be among the
// last before the end.
bool as_it_comes(Format format, std::uint64_t limit) {
    return limit == 0 && (format == Format::simple || format == Format::jsonl || format == Format::fields);
}

Finish history(const Globals& globals, const Flags& flags) {
    const KeyArguments keys{.key = flags.key, .prefix = flags.prefix};
    if (keys.names_nothing()) return fail(exit_input, "KEY is empty; with --prefix that means all keys");
    const auto range = key_range(keys);
    if (!range.ok()) return fail(exit_arguments, range.error().message);
    if (flags.revisions.after && flags.revisions.after < flags.revisions.before)
        return fail(exit_arguments, "--rev: the second revision is before the first");
    PrintOptions print = globals.print;
    if (!print.chosen) print.format = Format::table;
    const auto printer = make_printer(print);

    Progress progress("changes read", 0);
    std::vector<WatchEvent> kept;
    std::uint64_t read = 0;
    bool written = true;
    const Interruption interruption;
    const auto take = [&](std::vector<WatchEvent>& changes) {
        progress.at(read += changes.size());
        if (as_it_comes(print.format, flags.limit)) {
            written = write_out(printer->history(changes));
        } else {
            kept.insert(kept.end(), std::make_move_iterator(changes.begin()),
                        std::make_move_iterator(changes.end()));
            if (flags.limit > 0 && kept.size() > flags.limit)
                kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(flags.limit));
        }
        return written && !interruption.over();
    };
    const auto done =
        read_history(connect(globals), {*range, flags.revisions.before, flags.revisions.after}, take);
    if (!written) return fail(exit_error, cannot_write);
    if (!done.ok()) return fail(done.error());
    if (interruption.over()) return fail(exit_error, "interrupted");
    if (as_it_comes(print.format, flags.limit)) return {};
    return {exit_ok, printer->history(kept), {}};
}

}  // namespace

void add_history_command(CLI::App& app, Command& chosen) {
    add_command(
        app, chosen,
        {"history", "Shows every change of a key that the cluster still holds, the oldest first",
         "How much is held is bounded by the nodes' --history-bytes and by compaction; what was there\n"
         "at the compacted revision comes first. The default format is table.\n\n"
         "Examples: kvctl history planet/mars\n"
         "          kvctl history --prefix planet/ --limit 20\n"
         "          kvctl history --prefix \"\" --rev 100..200 -w jsonl --text"},
        add_flags, history);
}

}  // namespace kvbus::kvctl
