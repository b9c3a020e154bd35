#include "kvctl/command_line.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <CLI/CLI.hpp>

namespace kvbus::kvctl {
namespace {

bool is_flag(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

// A flag of this command or of those around it whose value is the next word.
bool takes_next_word(const CLI::App* app, const std::string& word) {
    if (!is_flag(word) || word.find('=') != std::string::npos) return false;
    for (; app != nullptr; app = app->get_parent()) {
        if (const CLI::Option* option = app->get_option_no_throw(word))
            return option->get_items_expected_min() > 0;
    }
    return false;
}

// Goes through the words as far as they are flags and names of commands.
struct Walk {
    const CLI::App* app;
    std::size_t at = 0;
    std::string open_flag = {};

    // To the first word that is no flag, no value of one, and no command.
    void to_argument(const std::vector<std::string>& words) {
        while (at < words.size() && words[at] != "--") {
            open_flag.clear();
            if (takes_next_word(app, words[at])) {
                open_flag = words[at];
                at += 2;
                if (at <= words.size()) open_flag.clear();
            } else if (is_flag(words[at])) {
                ++at;
            } else if (const CLI::App* inner = command(words[at])) {
                app = inner;
                ++at;
            } else {
                return;
            }
        }
    }

    [[nodiscard]] const CLI::App* command(const std::string& word) const {
        for (const CLI::App* inner : app->get_subcommands([](const CLI::App*) { return true; })) {
            if (inner->check_name(word)) return inner;
        }
        return nullptr;
    }
};

CommandLine cut(std::vector<std::string> words, std::size_t own, std::size_t run) {
    CommandLine line;
    line.ends_at_separator = run == words.size() && own < run;
    line.run.assign(std::make_move_iterator(words.begin() + static_cast<std::ptrdiff_t>(run)),
                    std::make_move_iterator(words.end()));
    words.resize(own);
    line.own = std::move(words);
    return line;
}

}  // namespace

CommandLine split_command_line(const CLI::App& app, std::vector<std::string> words) {
    Walk walk{&app};
    walk.to_argument(words);
    const std::string name = walk.app->get_name();
    if (name == "watch") {
        const auto separator = std::ranges::find(words, "--");
        const auto own = static_cast<std::size_t>(separator - words.begin());
        return cut(std::move(words), own, std::min(own + 1, words.size()));
    }
    if (name == "lock" && walk.at < words.size() && words[walk.at] != "--") {
        ++walk.at;  // NAME
        walk.to_argument(words);
        const std::size_t own = std::min(walk.at, words.size());
        const bool separated = own < words.size() && words[own] == "--";
        return cut(std::move(words), own, separated ? own + 1 : own);
    }
    return {std::move(words), {}};
}

NamedCommand named_command(const CLI::App& app, const std::vector<std::string>& words) {
    Walk walk{&app};
    while (walk.at < words.size()) {
        walk.to_argument(words);
        ++walk.at;
    }
    return {walk.app, walk.open_flag};
}

}  // namespace kvbus::kvctl
