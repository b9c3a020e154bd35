// Scripts with which shells complete kvctl's commands and flags, made from the parser itself. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kvbus::kvctl {

enum class Shell { bash, zsh, fish };

struct Completed {
    std::string word;
    std::string what;  // in a line
};

// A command, or the program itself, and what may follow its name.
struct CompletedCommand {
    std::string path;  // "lease grant"; empty: the program
    std::vector<Completed> commands;
    std::vector<Completed> flags;  // its own, then those of the commands around it
};

[[nodiscard]] std::vector<CompletedCommand> completed_commands(const CLI::App& app);
[[nodiscard]] std::string completion_script(Shell shell, const std::string& program,
                                            const std::vector<CompletedCommand>& commands);

}  // namespace kvbus::kvctl
