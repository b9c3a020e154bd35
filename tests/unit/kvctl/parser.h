// The whole parser of kvctl, for tests that look at it.
#pragma once

#include <CLI/CLI.hpp>

#include "kvctl/program.h"

namespace kvbus::kvctl {

struct Parser {
    Parser() { add_everything(app, flags, chosen); }

    CLI::App app{"", "kvctl"};
    GlobalFlags flags;
    Command chosen;
};

}  // namespace kvbus::kvctl
