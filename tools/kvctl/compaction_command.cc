// compaction.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/parse_text.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    Revision revision;
    bool physical = false;
};

void add_flags(CLI::App& app, Flags& flags) {
    add_parsed(app, "REV", flags.revision, parse_revision,
               {"REV", not_a_number, "The first revision that can still be read afterwards", true});
    app.add_flag("--physical", flags.physical, "Taken as etcdctl does; memory is given back in any case");
}

Finish compact(const Globals& globals, const Flags& flags) {
    const Revision revision = flags.revision;
    if (!revision) return fail(exit_arguments, "REV: there is no revision 0; see kvctl get -w json");
    Client& client = connect(globals);
    const auto done = client.compact(revision);
    if (!done.ok()) return fail(done.error());
    return {exit_ok, make_printer(globals.print)->compacted(*done, revision), {}};
}

}  // namespace

void add_compaction_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"compaction", "Forgets what was overwritten or removed up to a revision",
                 "What the revision itself shows stays; older ones can no longer be read.\n\n"
                 "Example: kvctl compaction 1000",
                 "compact"},
                add_flags, compact);
}

}  // namespace kvbus::kvctl
