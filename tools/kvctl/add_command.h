// Adds a command to the parser, with flags that outlive the parsing.
#pragma once

#include <functional>
#include <memory>

#include "kvctl/command.h"

namespace kvbus::kvctl {

struct CommandText {
    const char* name;
    const char* what;
    const char* footer;  // with an example
    const char* alias = nullptr;
};

void add_command(CLI::App& parent, Command& chosen, const CommandText& text,
                 const std::function<void(CLI::App&)>& add_flags, Command run);

template <class Flags>
void add_command(CLI::App& parent, Command& chosen, const CommandText& text,
                 void (*add_flags)(CLI::App&, Flags&), Finish (*run)(const Globals&, const Flags&)) {
    const auto flags = std::make_shared<Flags>();
    add_command(
        parent, chosen, text, [&](CLI::App& app) { add_flags(app, *flags); },
        [flags, run](const Globals& globals) { return run(globals, *flags); });
}

}  // namespace kvbus::kvctl
