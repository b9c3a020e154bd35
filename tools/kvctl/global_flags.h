// The flags that stand before or after any command, and the environment that stands in for them.
#pragma once

#include <string>
#include <vector>

#include <kvbus/error.h>

#include "kvctl/command.h"

namespace kvbus::kvctl {

struct GlobalFlags {
    std::string endpoints = "tcp://127.0.0.1:4370";
    std::string dial_timeout = "2s";
    std::string command_timeout = "5s";
    std::string write_out = "simple";
    bool hex = false;
    bool text = false;
};

void add_global_flags(CLI::App& app, GlobalFlags& flags);

// The words that make the same globals of a command line.
[[nodiscard]] std::vector<std::string> global_words(const Globals& globals);

// The error names the flag and what it takes.
[[nodiscard]] Result<Globals> check(const GlobalFlags& flags, bool format_chosen);

}  // namespace kvbus::kvctl
