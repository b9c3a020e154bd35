// completion.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/completion.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"

namespace kvbus::kvctl {
namespace {

std::optional<Shell> parse_shell(std::string_view name) {
    if (name == "bash") return Shell::bash;
    if (name == "zsh") return Shell::zsh;
    if (name == "fish") return Shell::fish;
    return std::nullopt;
}

struct Flags {
    Shell shell{};
    std::vector<CompletedCommand> commands;
};

void add_flags(CLI::App& app, Flags& flags) {
    add_parsed(app, "SHELL", flags.shell, parse_shell,
               {"SHELL", "is no shell that is known; use bash, zsh or fish", "bash, zsh or fish", true});
    // By now all other commands must be there.
    flags.commands = completed_commands(*app.get_parent());
}

Finish completion(const Globals&, const Flags& flags) {
    return {exit_ok, completion_script(flags.shell, "kvctl", flags.commands), {}};
}

}  // namespace

void add_completion_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"completion", "Writes the script with which a shell completes commands and flags",
                 "Examples: kvctl completion bash > /etc/bash_completion.d/kvctl\n"
                 "          source <(kvctl completion zsh)\n"
                 "          kvctl completion fish > ~/.config/fish/completions/kvctl.fish"},
                add_flags, completion);
}

}  // namespace kvbus::kvctl
