// What is compared: command lines, and the differences between the tools that are meant. Both are text files
// that say themselves how they are written. Plain values.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace kvbus::beside_etcd {

// What -w takes.
inline constexpr std::array forms = {"simple", "json"};

struct CommandLine {
    int number = 0;                           // of the line in its file
    std::string text;                         // shell words, without the name of the tool
    std::string variable;                     // gets the lease id that is printed; none when empty
    std::string input;                        // stdin
    std::map<std::string, int> lines_wanted;  // by format: it is interrupted when it has printed so many
    std::vector<std::string> differences;     // names
};

// A place in what a tool prints where the other one prints something else.
struct Edit {
    std::string form;
    std::string tool;
    std::regex pattern;
    std::string replacement;
};

struct Difference {
    std::string reason;
    struct Statuses {
        int etcdctl = 0;
        int kvctl = 0;
    };
    std::optional<Statuses> statuses;
    std::vector<Edit> edits;
};

struct Script {
    std::vector<CommandLine> lines;
    std::map<std::string, Difference> differences;
};

// Throws Failure with the file and the line when something in it makes no sense, when a difference has no
// reason or no line, and when a line has a difference that is not listed.
[[nodiscard]] Script read_script(const std::filesystem::path& commands,
                                 const std::filesystem::path& differences);

}  // namespace kvbus::beside_etcd
