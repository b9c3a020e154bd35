// help.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/command_line.h"
#include "kvctl/exit_status.h"
#include "kvctl/program.h"

namespace kvbus::kvctl {
namespace {

using Names = std::vector<std::string>;

void add_flags(CLI::App& app, Names& names) {
    app.add_option("COMMAND", names, "The command; if none, kvctl itself")->expected(0, 2);
}

Finish help(const Globals& globals, const Names& names) {
    CLI::App app{"", "kvctl"};
    GlobalFlags flags;
    Command chosen;
    add_everything(app, flags, chosen);
    if (!names.empty() && !named_command(app, names).app->check_name(names.back()))
        return fail(exit_arguments, "unknown command: " + names.back() + "; see kvctl help");
    Names words = names;
    words.emplace_back("--help");
    return run_words(std::move(words), *globals.session);
}

}  // namespace

void add_help_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"help", "Shows what kvctl, or one of its commands, does",
                 "Examples: kvctl help\n"
                 "          kvctl help lease grant"},
                add_flags, help);
}

}  // namespace kvbus::kvctl
