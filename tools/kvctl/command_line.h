// A command line as words: which of them names the command, and where the command begins that watch or lock
// shall run, whose words are none of ours. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kvbus::kvctl {

struct CommandLine {
    std::vector<std::string> own;    // for the parser
    std::vector<std::string> run;    // the command that shall be run
    bool ends_at_separator = false;  // a -- with nothing behind it
};

// watch KEY [RANGE_END] -- CMD…: what stands behind the first --.
// lock NAME [--] CMD…: what stands behind NAME.
[[nodiscard]] CommandLine split_command_line(const CLI::App& app, std::vector<std::string> words);

// The command that these words name so far, the innermost, and the flag whose value comes next, if any.
struct NamedCommand {
    const CLI::App* app = nullptr;
    std::string open_flag;
};
[[nodiscard]] NamedCommand named_command(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace kvbus::kvctl
