// export.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/key_lines.h"
#include "kvctl/output.h"
#include "kvctl/parse_text.h"
#include "kvctl/progress.h"
#include "kvctl/range_pages.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    std::string prefix;
    Revision revision{};
    std::uint64_t limit = page_keys;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("PREFIX", flags.prefix, "The keys that begin with it; \"\": all keys")->required();
    add_parsed(app, "--rev", flags.revision, parse_revision,
               {"REV", not_a_number, "As of this revision; 0: now"});
    add_parsed(app, "--limit", flags.limit, parse_decimal,
               {"N", not_a_number, "Read so many keys at a time; if not given: 1000"});
}

Finish export_keys(const Globals& globals, const Flags& flags) {
    const Format format = globals.print.format;
    if (format != Format::simple && format != Format::json && format != Format::jsonl)
        return fail(exit_arguments, "export writes JSON lines; leave out -w");
    if (flags.limit == 0) return fail(exit_arguments, "--limit: it takes 1 or more");
    const auto range = key_range({.key = flags.prefix, .prefix = true});
    if (!range.ok()) return fail(exit_arguments, range.error().message);
    Client& client = connect(globals);
    const auto size = size_of(client, *range, flags.revision);
    if (!size.ok()) return fail(size.error());

    Progress progress("keys exported", size->keys);
    RangePages pages(client, *range, size->revision, flags.limit);
    for (std::uint64_t keys = 0;; progress.at(keys)) {
        const auto page = pages.next();
        if (!page.ok()) return fail(page.error());
        if (page->empty()) return {};
        std::string lines;
        for (const KeyValue& entry : *page)
            lines += key_line(entry, globals.print.text);
        if (!write_out(lines)) return fail(exit_error, cannot_write);
        keys += page->size();
    }
}

}  // namespace

void add_export_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"export", "Writes keys as JSON lines, for kvctl import",
                 "All lines are of one revision, whatever is written meanwhile.\n\n"
                 "Examples: kvctl export \"\" > all.jsonl\n"
                 "          kvctl export planet/ --text"},
                add_flags, export_keys);
}

}  // namespace kvbus::kvctl
