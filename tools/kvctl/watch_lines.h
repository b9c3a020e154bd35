// watch -i: reads lines from stdin, "watch" with the flags and arguments of the command, or "progress", and
// shows all their changes as they come.
#pragma once

#include "kvctl/command.h"

namespace kvbus::kvctl {

[[nodiscard]] Finish watch_lines(const Globals& globals);

}  // namespace kvbus::kvctl
