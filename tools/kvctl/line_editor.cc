#include "kvctl/line_editor.h"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::kvctl {
namespace {

constexpr int history_lines_max = 1000;

// What all of the words begin with.
std::string common_start(const std::vector<std::string>& words) {
    std::string start = words.front();
    for (const std::string& word : words) {
        const auto [end, unused] = std::ranges::mismatch(start, word);
        start.erase(end, start.end());
    }
    return start;
}

// A name cut within a character is worse than one that is shorter.
void drop_torn_character(std::string& text) {
    while (!text.empty() && (text.back() & 0xc0) == 0x80)
        text.pop_back();
    if (!text.empty() && (text.back() & 0x80) != 0) text.pop_back();
}

}  // namespace

struct LineEditor::State {
    std::string prompt;
    std::filesystem::path path;
    Complete complete;
    EditLine* line = nullptr;
    History* history = nullptr;
    HistEvent event{};
    bool interrupted = false;

    static State& of(EditLine* line) {
        void* state = nullptr;
        el_get(line, EL_CLIENTDATA, &state);
        return *static_cast<State*>(state);
    }

    static char* show_prompt(EditLine* line) { return of(line).prompt.data(); }

    // Ctrl-C is a key while a line is written: a signal would leave what was written on the line.
    static unsigned char on_interrupt(EditLine* line, int) {
        of(line).interrupted = true;
        std::fputs("^C\n", stdout);
        return CC_EOF;
    }

    static unsigned char on_tab(EditLine* line, int) {
        const LineInfo* info = el_line(line);
        const auto size = static_cast<std::size_t>(info->cursor - info->buffer);
        const Candidates found = of(line).complete(std::string_view(info->buffer, size));
        if (found.words.empty()) return CC_ERROR;
        const std::string written(info->cursor - found.replaced, info->cursor);
        if (found.words.size() > 1 || found.more) {
            std::string start = common_start(found.words);
            if (start != found.words.front()) drop_torn_character(start);
            if (start.size() > written.size() && !found.more) return replace(line, found.replaced, start);
            list(found);
            return CC_REDISPLAY;
        }
        return replace(line, found.replaced, found.words.front() + " ");
    }

    static unsigned char replace(EditLine* line, std::size_t bytes, const std::string& text) {
        const LineInfo* info = el_line(line);
        // It counts characters.
        const auto characters =
            std::count_if(info->cursor - bytes, info->cursor, [](char c) { return (c & 0xc0) != 0x80; });
        el_deletestr(line, static_cast<int>(characters));
        return el_insertstr(line, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }

    static void list(const Candidates& found) {
        std::string text = "\n";
        for (const std::string& word : found.shown)
            text += word + "  ";
        std::fputs((text + (found.more ? "…\n" : "\n")).c_str(), stdout);
        std::fflush(stdout);
    }
};

LineEditor::LineEditor(std::string prompt, const std::filesystem::path& path, Complete complete)
    : state_(std::make_unique<State>()) {
    std::setlocale(LC_CTYPE, "");
    State& state = *state_;
    state.prompt = std::move(prompt);
    state.path = path;
    state.complete = std::move(complete);
    state.line = el_init("kvctl", stdin, stdout, stderr);
    state.history = history_init();
    KV_CHECK(state.line != nullptr && state.history != nullptr);
    history(state.history, &state.event, H_SETSIZE, history_lines_max);
    history(state.history, &state.event, H_SETUNIQUE, 1);
    if (!path.empty()) history(state.history, &state.event, H_LOAD, path.c_str());
    el_set(state.line, EL_CLIENTDATA, &state);
    el_set(state.line, EL_PROMPT, State::show_prompt);
    el_set(state.line, EL_SIGNAL, 1);
    el_set(state.line, EL_EDITOR, "emacs");
    el_set(state.line, EL_HIST, history, state.history);
    el_set(state.line, EL_ADDFN, "complete", "completes the word", State::on_tab);
    el_set(state.line, EL_BIND, "^I", "complete", nullptr);
    el_set(state.line, EL_SETTY, "-d", "-isig", nullptr);
    el_set(state.line, EL_ADDFN, "interrupt", "drops the line", State::on_interrupt);
    el_set(state.line, EL_BIND, "^C", "interrupt", nullptr);
    el_set(state.line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(state.line, nullptr);  // ~/.editrc
}

LineEditor::~LineEditor() {
    if (!state_->path.empty()) {
        const mode_t before = umask(S_IRWXG | S_IRWXO);  // values may be secrets
        history(state_->history, &state_->event, H_SAVE, state_->path.c_str());
        umask(before);
    }
    history_end(state_->history);
    el_end(state_->line);
}

std::optional<LineEditor::Line> LineEditor::next() {
    int length = 0;
    state_->interrupted = false;
    errno = 0;
    // By itself libedit shows the prompt first, and a Ctrl-D that answers it at once would be lost to the
    // terminal.
    el_set(state_->line, EL_PREP_TERM, 1);
    const char* text = el_gets(state_->line, &length);
    if (text == nullptr || length <= 0) {
        if (state_->interrupted || (length < 0 && errno == EINTR)) return Line{{}, true};
        return std::nullopt;
    }
    Line line{std::string(text, static_cast<std::size_t>(length)), false};
    if (line.text.find_first_not_of(" \t\n") != std::string::npos)
        history(state_->history, &state_->event, H_ENTER, line.text.c_str());
    return line;
}

std::filesystem::path history_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    std::filesystem::path directory;
    if (state != nullptr && *state == '/') {
        directory = state;
    } else if (home != nullptr && *home == '/') {
        directory = std::filesystem::path(home) / ".local" / "state";
    } else {
        return {};
    }
    directory /= "kvctl";
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    return error ? std::filesystem::path{} : directory / "history";
}

}  // namespace kvbus::kvctl
