#include "kvctl/word_completion.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "kvctl/command_line.h"
#include "kvctl/printer.h"
#include "kvctl/shell_words.h"

namespace kvbus::kvctl {
namespace {

constexpr std::size_t keys_max = 50;

void add_commands(const CLI::App& app, std::vector<std::string>& words) {
    for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; }))
        words.push_back(inner->get_name());
}

void add_flags(const CLI::App* app, std::vector<std::string>& words) {
    for (; app != nullptr; app = app->get_parent()) {
        for (const CLI::Option* option : app->get_options()) {
            for (const std::string& name : option->get_lnames())
                words.push_back("--" + name);
        }
    }
}

bool takes_keys(const CLI::App& app) {
    for (const char* name : {"KEY", "PREFIX", "NAME"}) {
        if (app.get_option_no_throw(name) != nullptr) return true;
    }
    return false;
}

void keep_beginning_with(const std::string& start, std::vector<std::string>& words) {
    std::erase_if(words, [&](const std::string& word) { return !word.starts_with(start); });
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
}

}  // namespace

Candidates complete_line(const CLI::App& app, std::string_view line, const FindKeys& find_keys) {
    const WrittenWords written = written_words(line);
    const NamedCommand named = named_command(app, written.before);
    const bool arguments_only = std::ranges::find(written.before, "--") != written.before.end();
    std::vector<std::string> words;
    bool are_keys = false;
    if (named.open_flag == "-w" || named.open_flag == "--write-out") {
        words = {"simple", "table", "json", "fields", "jsonl"};
    } else if (!named.open_flag.empty()) {
        return {};
    } else if (written.last.starts_with('-') && !arguments_only) {
        add_flags(named.app, words);
    } else if (const auto inner = named.app->get_subcommands([](const CLI::App*) { return true; });
               !inner.empty()) {
        add_commands(*named.app, words);
    } else if (named.app->get_name() == "help") {
        add_commands(app, words);
    } else if (named.app->get_name() == "completion") {
        words = {"bash", "zsh", "fish"};
    } else if (takes_keys(*named.app)) {
        words = find_keys(written.last, keys_max);
        are_keys = true;
    }
    keep_beginning_with(written.last, words);
    Candidates candidates{.replaced = written.last_as_is.size()};
    for (const std::string& word : words) {
        if (candidates.words.size() == keys_max && are_keys) {
            candidates.more = true;
            break;
        }
        candidates.words.push_back(shell_quoted(word));
        candidates.shown.push_back(shell_quoted(word));
    }
    return candidates;
}

}  // namespace kvbus::kvctl
