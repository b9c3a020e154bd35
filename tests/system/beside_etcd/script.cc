#include "system/beside_etcd/script.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>

#include "system/harness/wait.h"

namespace kvbus::beside_etcd {
namespace {

// The lines of a file, with their numbers and without comments.
class Source {
  public:
    explicit Source(const std::filesystem::path& path) : name_(path.filename()), file_(path) {
        if (!file_) throw harness::Failure("cannot read " + path.string());
    }
    [[nodiscard]] bool next(std::string& line) {
        while (std::getline(file_, line)) {
            ++number_;
            if (!line.empty() && !line.starts_with('#')) return true;
        }
        return false;
    }
    [[nodiscard]] int number() const { return number_; }
    [[noreturn]] void fail(const std::string& what) const {
        throw harness::Failure(name_ + ":" + std::to_string(number_) + ": " + what);
    }

  private:
    std::string name_;
    std::ifstream file_;
    int number_ = 0;
};

// What follows the mark that an indented line begins with; nothing when it begins with another.
std::optional<std::string> after_mark(const std::string& line, char mark) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || line[begin] != mark) return std::nullopt;
    return line.size() > begin + 2 ? line.substr(begin + 2) : "";
}

std::vector<CommandLine> read_commands(const std::filesystem::path& path) {
    static const std::regex assignment("([A-Z][A-Z0-9]*) = (.*)"), two_counts("(\\d+) (\\d+)");
    Source source(path);
    std::vector<CommandLine> lines;
    for (std::string line; source.next(line);) {
        if (!line.starts_with(' ')) {
            std::smatch parts;
            const bool assigns = std::regex_match(line, parts, assignment);
            lines.push_back({.number = source.number(),
                             .text = assigns ? parts[2].str() : line,
                             .variable = assigns ? parts[1].str() : ""});
        } else if (lines.empty()) {
            source.fail("an indented line belongs to a command, and there is none yet");
        } else if (const auto input = after_mark(line, '|')) {
            lines.back().input += *input + "\n";
        } else if (const auto count = after_mark(line, '!')) {
            std::smatch counts;
            if (!std::regex_match(*count, counts, two_counts)) source.fail("! takes two numbers");
            lines.back().lines_wanted = {{"simple", std::stoi(counts[1])}, {"json", std::stoi(counts[2])}};
        } else if (const auto difference = after_mark(line, '~')) {
            lines.back().differences.push_back(*difference);
        } else {
            source.fail(
                "an indented line begins with | (input), ! (lines until it is interrupted) or ~ (a "
                "difference)");
        }
    }
    return lines;
}

std::map<std::string, Difference> read_differences(const std::filesystem::path& path) {
    static const std::regex title("\\[([a-z-]+)\\]"), status("status (\\d+) (\\d+)"),
        edit("(simple|json) (etcdctl|kvctl) /(.*)/(.*)/");
    Source source(path);
    std::map<std::string, Difference> differences;
    Difference* current = nullptr;
    for (std::string line; source.next(line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, title)) {
            current = &differences[parts[1]];
        } else if (current == nullptr) {
            source.fail("a difference begins with its name, as in [name]");
        } else if (std::regex_match(line, parts, status)) {
            current->statuses = {std::stoi(parts[1]), std::stoi(parts[2])};
        } else if (std::regex_match(line, parts, edit)) {
            current->edits.push_back({parts[1], parts[2], std::regex(parts[3].str()), parts[4]});
        } else {
            current->reason += (current->reason.empty() ? "" : " ") + line;
        }
    }
    return differences;
}

}  // namespace

Script read_script(const std::filesystem::path& commands, const std::filesystem::path& differences) {
    Script script{read_commands(commands), read_differences(differences)};
    std::set<std::string> used;
    for (const auto& line : script.lines) {
        for (const auto& name : line.differences) {
            if (!script.differences.contains(name))
                throw harness::Failure("line " + std::to_string(line.number) + ": no difference is called " +
                                       name);
            used.insert(name);
        }
    }
    for (const auto& [name, difference] : script.differences) {
        if (difference.reason.empty()) throw harness::Failure("the difference " + name + " has no reason");
        if (!used.contains(name)) throw harness::Failure("no command line shows the difference " + name);
    }
    return script;
}

}  // namespace kvbus::beside_etcd
