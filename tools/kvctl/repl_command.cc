// repl.
#include <cstdio>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/global_flags.h"
#include "kvctl/interruption.h"
#include "kvctl/key_range.h"
#include "kvctl/line_editor.h"
#include "kvctl/line_reader.h"
#include "kvctl/program.h"
#include "kvctl/shell_words.h"
#include "kvctl/word_completion.h"

namespace kvbus::kvctl {
namespace {

// Runs lines with the flags of the command line that began it; a line's own come later, and count.
class Repl {
  public:
    explicit Repl(const Globals& globals) : globals_(globals), first_words_(global_words(globals)) {}

    [[nodiscard]] bool wants_to_end() const { return wants_to_end_; }
    [[nodiscard]] int status() const { return status_; }

    // `place` stands before each error. Errors end nothing.
    void run(const std::string& line, const std::string& place) {
        const auto words = shell_words(line);
        if (!words.ok()) {
            status_ = write_finish(fail(exit_arguments, words.error().message), place);
        } else if (words->size() == 1 && (words->front() == "exit" || words->front() == "quit")) {
            wants_to_end_ = true;
        } else if (!words->empty()) {
            run_command(*words, place);
        }
    }

    // For completion, which nobody waits long for.
    [[nodiscard]] std::vector<std::string> find_keys(const std::string& prefix, std::size_t max) const {
        const auto range = key_range({.key = prefix, .prefix = true});
        if (!range.ok()) return {};
        Globals hurried = globals_;
        hurried.timeout = hurried.dial_timeout = std::chrono::milliseconds{500};
        const auto found = completing_.client(hurried).get(
            range->key,
            {.range_end = range->range_end, .limit = max + 1, .serializable = true, .keys_only = true});
        std::vector<std::string> keys;
        if (!found.ok()) return keys;
        for (const KeyValue& entry : found->kvs)
            keys.push_back(entry.key);
        return keys;
    }

  private:
    void run_command(const std::vector<std::string>& given, const std::string& place) {
        std::vector<std::string> words = first_words_;
        words.insert(words.end(), given.begin(), given.end());
        if (const int status = write_finish(run_words(std::move(words), *globals_.session), place);
            status != 0)
            status_ = status;
    }

    const Globals& globals_;
    std::vector<std::string> first_words_;
    mutable std::istringstream no_values_;
    mutable Session completing_{no_values_};
    int status_ = exit_ok;
    bool wants_to_end_ = false;
};

std::string prompt_of(const Globals& globals) {
    std::string text = globals.endpoints.empty() ? "kvctl" : globals.endpoints.front();
    if (globals.endpoints.size() > 1) text += "+" + std::to_string(globals.endpoints.size() - 1);
    return text + "> ";
}

Finish on_terminal(const Globals& globals) {
    Repl repl(globals);
    CLI::App app{"", "kvctl"};
    GlobalFlags flags;
    Command chosen;
    add_everything(app, flags, chosen);
    const auto find_keys = [&](const std::string& prefix, std::size_t max) {
        return repl.find_keys(prefix, max);
    };
    LineEditor editor(prompt_of(globals), history_path(),
                      [&](std::string_view line) { return complete_line(app, line, find_keys); });
    Interruption interruption;  // Ctrl-C ends a line, or the command that runs
    while (!repl.wants_to_end()) {
        interruption.forget();
        const auto line = editor.next();
        if (!line) return {exit_ok, "\n", {}};
        if (line->interrupted) continue;
        repl.run(line->text, "");
        std::cin.clear();
        std::clearerr(stdin);
    }
    return {};
}

// A value on stdin would be the rest of the script.
Finish on_script(const Globals& globals) {
    Repl repl(globals);
    LineReader lines(std::cin);
    while (!repl.wants_to_end()) {
        const auto line = lines.next();
        if (!line.ok()) return fail(exit_input, line.error().message);
        if (!*line) break;
        repl.run(**line, lines.place());
    }
    return {repl.status(), {}, {}};
}

struct NoFlags {};

Finish repl(const Globals& globals, const NoFlags&) {
    if (globals.session->in_repl()) return fail(exit_arguments, "this is the repl already");
    std::istringstream no_values;
    globals.session->enter_repl(no_values);
    Finish finish = isatty(STDIN_FILENO) != 0 ? on_terminal(globals) : on_script(globals);
    globals.session->leave_repl(std::cin);
    return finish;
}

}  // namespace

void add_repl_command(CLI::App& app, Command& chosen) {
    add_command<NoFlags>(
        app, chosen,
        {"repl", "Reads commands, one a line, and runs them over one connection",
         "A line is what would follow kvctl, with a shell's quotes; its own global options count for it "
         "alone.\n"
         "help shows the commands, exit or Ctrl-D ends it. On a terminal, Tab completes commands, flags and\n"
         "keys, and what was written is kept in ~/.local/state/kvctl/history (or under $XDG_STATE_HOME). A\n"
         "script may come in through a pipe: errors name its line, and do not end it.\n\n"
         "Exit status, of a script: 0, or that of the last command that failed.\n\n"
         "Examples: kvctl --endpoints tcp://127.0.0.1:4370 repl\n"
         "          printf 'put a 1\\nincr a\\n' | kvctl repl"},
        [](CLI::App&, NoFlags&) {}, repl);
}

}  // namespace kvbus::kvctl
