// member list.
#include <CLI/CLI.hpp>

#include "kvctl/command.h"
#include "kvctl/exit_status.h"

namespace kvbus::kvctl {
namespace {

Finish list(const Globals& globals) {
    Client& client = connect(globals);
    const auto members = client.members();
    if (!members.ok()) return fail(members.error());
    return {exit_ok, make_printer(globals.print)->members(*members), {}};
}

}  // namespace

void add_member_commands(CLI::App& app, Command& chosen) {
    CLI::App* group = app.add_subcommand("member", "Tells about the members of the cluster");
    group->require_subcommand(1)->fallthrough();
    group->footer("Example: kvctl member list -w table");
    CLI::App* command = group->add_subcommand("list", "Lists the members and where they listen");
    command->footer("Example: kvctl member list -w table");
    command->callback([&chosen] { chosen = list; });
}

}  // namespace kvbus::kvctl
