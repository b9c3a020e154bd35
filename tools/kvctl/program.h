// kvctl as a function: the words of a command line in, how it ended out. main calls it once, the REPL for
// each line.
#pragma once

#include <string>
#include <vector>

#include "kvctl/command.h"
#include "kvctl/global_flags.h"

namespace kvbus::kvctl {

// All commands; the flags and what is chosen outlive the parsing.
void add_everything(CLI::App& app, GlobalFlags& flags, Command& chosen);

// `words` without the program's name.
[[nodiscard]] Finish run_words(std::vector<std::string> words, Session& session);

// Writes what there is to write; the exit status.
[[nodiscard]] int write_finish(const Finish& finish, const std::string& before_errors = {});

}  // namespace kvbus::kvctl
