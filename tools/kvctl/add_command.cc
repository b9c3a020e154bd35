#include "kvctl/add_command.h"

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace kvbus::kvctl {

void add_command(CLI::App& parent, Command& chosen, const CommandText& text,
                 const std::function<void(CLI::App&)>& add_flags, Command run) {
    CLI::App* command = parent.add_subcommand(text.name, text.what);
    add_flags(*command);
    command->footer(std::string(text.footer) + "\n\nkvctl --help shows the global options.");
    if (text.alias != nullptr) command->alias(text.alias);
    command->callback([&chosen, run = std::move(run)] { chosen = run; });
}

}  // namespace kvbus::kvctl
