// diff.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/output.h"
#include "kvctl/range_pages.h"
#include "kvctl/revision_diff.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    std::string prefix;
    RevisionPair revisions;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("PREFIX", flags.prefix, "The keys that begin with it; \"\": all keys")->required();
    add_parsed(app, "--rev", flags.revisions, parse_revision_pair,
               {"A[,B]", "is neither a revision nor two with a comma between them, as in 7 or 7,12",
                "From revision A to B; to now, if there is no B", true});
}

Finish diff(const Globals& globals, const Flags& flags) {
    const Format format = globals.print.format;
    if (format != Format::simple && format != Format::json)
        return fail(exit_arguments, "diff prints lines or JSON lines; use -w simple or -w json");
    const auto range = key_range({.key = flags.prefix, .prefix = true});
    if (!range.ok()) return fail(exit_arguments, range.error().message);
    Client client(client_options(globals, globals.endpoints));
    const auto now = size_of(client, *range, flags.revisions.after);
    if (!now.ok()) return fail(now.error());

    RangePages before(client, *range, flags.revisions.before, page_keys);
    RangePages after(client, *range, now->revision, page_keys);
    RevisionDiff changes([&] { return before.next(); }, [&] { return after.next(); });
    while (true) {
        const auto change = changes.next();
        if (!change.ok()) return fail(change.error());
        if (!*change) return {};
        if (!write_out(format == Format::json ? change_json(**change)
                                              : change_line(**change, globals.print.hex)))
            return fail(exit_error, cannot_write);
    }
}

}  // namespace

void add_diff_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"diff", "Shows what changed between two revisions",
                 "A line for each key: + KEY VALUE when it was added, - KEY VALUE when it was removed,\n"
                 "~ KEY BEFORE AFTER when it was written.\n\n"
                 "Examples: kvctl diff --rev 7 planet/\n"
                 "          kvctl diff --rev 7,12 \"\" -w json"},
                add_flags, diff);
}

}  // namespace kvbus::kvctl
