// diff.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/output.h"
#include "kvctl/parse_text.h"
#include "kvctl/progress.h"
#include "kvctl/range_pages.h"
#include "kvctl/revision_diff.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    std::vector<std::string> arguments;  // PREFIX, or B and PREFIX
    RevisionPair revisions;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("PREFIX", flags.arguments,
                   "The keys that begin with it; \"\": all keys. Before it B may stand")
        ->required()
        ->expected(1, 2)
        ->type_name("");
    add_parsed(app, "--rev", flags.revisions, parse_revision_pair,
               {"A[,B]", "is neither a revision nor two with a comma or .. between them, as in 7 or 7..12",
                "From revision A to B; to now, if there is no B", true});
}

Finish diff(const Globals& globals, const Flags& flags) {
    const Format format = globals.print.format;
    const bool json = format == Format::json || format == Format::jsonl;
    if (format != Format::simple && !json)
        return fail(exit_arguments, "diff prints lines or JSON lines; use -w simple, json or jsonl");
    RevisionPair revisions = flags.revisions;
    if (flags.arguments.size() == 2) {
        const auto after = parse_revision(flags.arguments.front());
        if (!after || !*after || revisions.after) {
            return fail(exit_arguments, "\"" + flags.arguments.front() +
                                            "\" is no second revision; use diff --rev A B PREFIX");
        }
        revisions.after = *after;
    }
    const auto range = key_range({.key = flags.arguments.back(), .prefix = true});
    if (!range.ok()) return fail(exit_arguments, range.error().message);
    Client& client = connect(globals);
    const auto now = size_of(client, *range, revisions.after);
    if (!now.ok()) return fail(now.error());

    Progress progress("keys compared", now->keys);
    std::uint64_t compared = 0;
    RangePages before(client, *range, revisions.before, page_keys);
    RangePages after(client, *range, now->revision, page_keys);
    RevisionDiff changes([&] { return before.next(); },
                         [&] {
                             auto page = after.next();
                             if (page.ok()) progress.at(compared += page->size());
                             return page;
                         });
    while (true) {
        const auto change = changes.next();
        if (!change.ok()) return fail(change.error());
        if (!*change) return {};
        if (!write_out(json ? change_json(**change, globals.print.text)
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
                 "          kvctl diff --rev 7 12 planet/\n"
                 "          kvctl diff --rev 7..12 \"\" -w json"},
                add_flags, diff);
}

}  // namespace kvbus::kvctl
