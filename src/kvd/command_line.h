// kvd's command line, environment and TOML file, read into Flags.
#pragma once

#include <string>
#include <variant>

#include "kvd/config.h"

namespace kvbus::kvd {

enum class Task : std::uint8_t { serve, check_config, dev };

struct DevOptions {
    int nodes = 3;
    int base_port = 4370;  // of the first node; each takes ten ports from there
    std::string data_dir;  // empty: a temporary one, removed at the end
};

struct CommandLine {
    Task task = Task::serve;
    Flags flags;
    DevOptions dev;
};

// The program is to end at once with this status; anything worth saying has been printed.
struct Exit {
    int status = 0;
};

[[nodiscard]] std::variant<CommandLine, Exit> parse_command_line(int argc, const char* const* argv);

}  // namespace kvbus::kvd
