// alarm list.
#include <CLI/CLI.hpp>

#include "kvctl/command.h"
#include "kvctl/each_endpoint.h"

namespace kvbus::kvctl {
namespace {

// Each node knows of its own alarms only.
Finish list(const Globals& globals) {
    const Result<Targets> asked = targets(globals, true);
    if (!asked.ok()) return fail(asked.error());
    Statuses statuses = ask_for_status(globals, *asked);
    statuses.finish.out = make_printer(globals.print)->alarms(statuses.nodes);
    return std::move(statuses.finish);
}

}  // namespace

void add_alarm_commands(CLI::App& app, Command& chosen) {
    CLI::App* group = app.add_subcommand("alarm", "Tells for what nodes refuse work");
    group->require_subcommand(1)->fallthrough();
    group->footer("Example: kvctl alarm list -w table");
    CLI::App* command = group->add_subcommand(
        "list",
        "Lists the alarms of all members: NOSPACE, MEMORY, CORRUPT; they go when their cause is gone");
    command->footer("Example: kvctl alarm list -w table");
    command->callback([&chosen] { chosen = list; });
}

}  // namespace kvbus::kvctl
