// watch.
#include <mutex>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/watch_lines.h"
#include "kvctl/watch_stream.h"

namespace kvbus::kvctl {
namespace {

Finish watch(const Globals& globals, const WatchFlags& flags) {
    if (flags.interactive) {
        if (flags.key || !globals.run.empty())
            return fail(exit_arguments, "-i: keys and commands are read from stdin; leave them out");
        return watch_lines(globals);
    }
    auto request = watch_request(flags, globals.run, watch_environment());
    if (!request.ok()) return fail(exit_arguments, request.error().message);
    const Interruption interruption;
    std::mutex output;
    return WatchStream(
               globals, std::move(*request), [&] { return interruption.over(); }, output)
        .run();
}

}  // namespace

void add_watch_command(CLI::App& app, Command& chosen) {
    add_command(
        app, chosen,
        {"watch", "Shows the changes of a key or a range of keys, as they are made or from a revision on",
         "kvctl watch [options] KEY [RANGE_END] [-- CMD args…]\n\n"
         "It goes on through failures of nodes, without a gap, until it is interrupted. What follows -- is "
         "a\n"
         "command that is run for each change, with KVBUS_WATCH_REVISION, KVBUS_WATCH_EVENT_TYPE (\"PUT\" "
         "or\n"
         "\"DELETE\"), KVBUS_WATCH_KEY and KVBUS_WATCH_VALUE in its environment, all but the first in "
         "quotes\n"
         "as etcdctl has them, and the same as ETCD_WATCH_…; when it fails, the watch ends.\n\n"
         "Exit status: 5 when the revision is compacted; the error names the first to watch from.\n\n"
         "Examples: kvctl watch greeting\n"
         "          kvctl watch --prefix planet/ --rev 7 --prev-kv\n"
         "          kvctl watch --prefix \"\" -w jsonl --text | jq .key_text\n"
         "          kvctl watch --prefix config/ -- systemctl reload nginx\n"
         "          kvctl watch state --count 1     # waits for a change"},
        add_watch_flags, watch);
}

}  // namespace kvbus::kvctl
