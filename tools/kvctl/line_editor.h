// Lines that a person writes on a terminal, with history and completion (libedit). One thread; one at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvbus::kvctl {

// What may stand in place of the word that is being written, ready to be inserted.
struct Candidates {
    std::size_t replaced = 0;        // bytes before the cursor
    std::vector<std::string> words;  // in their place
    std::vector<std::string> shown;  // the same as a list shows them
    bool more = false;               // there are others
};
using Complete = std::function<Candidates(std::string_view line)>;

class LineEditor {
  public:
    // An empty path: no history is kept.
    LineEditor(std::string prompt, const std::filesystem::path& history, Complete complete);
    ~LineEditor();  // keeps the history
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    struct Line {
        std::string text;
        bool interrupted = false;  // with Ctrl-C: nothing was written
    };
    [[nodiscard]] std::optional<Line> next();  // none: the end

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// $XDG_STATE_HOME/kvctl/history, by default ~/.local/state/kvctl/history; empty when there is no home. Makes
// the directory.
[[nodiscard]] std::filesystem::path history_path();

}  // namespace kvbus::kvctl
