#include "kvctl/completion.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

namespace kvbus::kvctl {
namespace {

std::vector<Completed> flags_of(const CLI::App& app) {
    std::vector<Completed> flags;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames())
            flags.push_back({"--" + name, option->get_description()});
        for (const std::string& name : option->get_snames())
            flags.push_back({"-" + name, option->get_description()});
    }
    return flags;
}

void collect(const CLI::App& app, const std::string& path, const std::vector<Completed>& outer_flags,
             std::vector<CompletedCommand>& all) {
    const std::vector<const CLI::App*> children = app.get_subcommands([](const CLI::App*) { return true; });
    CompletedCommand command{path, {}, flags_of(app)};
    for (const CLI::App* child : children)
        command.commands.push_back({child->get_name(), child->get_description()});
    for (const Completed& flag : outer_flags) {
        if (std::ranges::find(command.flags, flag.word, &Completed::word) == command.flags.end())
            command.flags.push_back(flag);
    }
    const std::vector<Completed> flags = command.flags;
    all.push_back(std::move(command));
    for (const CLI::App* child : children)
        collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), flags, all);
}

std::string words(const std::vector<Completed>& items) {
    std::string text;
    for (const Completed& item : items)
        text += (text.empty() ? "" : " ") + item.word;
    return text;
}

// " get" | "lease grant": each command behind the ones before it.
std::string steps(const std::vector<CompletedCommand>& commands) {
    std::string text;
    for (const CompletedCommand& command : commands) {
        if (command.path.empty()) continue;
        const bool outer = command.path.find(' ') == std::string::npos;
        text += (text.empty() ? "\"" : " | \"") + std::string(outer ? " " : "") + command.path + "\"";
    }
    return text;
}

// Sets `commands` and `flags` to what may follow, in the syntax that bash and zsh share.
std::string cases(const std::vector<CompletedCommand>& commands) {
    std::string text = "    case \"$named\" in\n";
    for (const CompletedCommand& command : commands) {
        text += "        \"" + command.path + "\") commands=\"" + words(command.commands) + "\" flags=\"" +
                words(command.flags) + "\" ;;\n";
    }
    return text + "    esac\n";
}

std::string step_loop(const std::string& words, const std::vector<CompletedCommand>& commands) {
    return "    for word in " + words + "; do\n        case \"$named $word\" in\n            " +
           steps(commands) + ") named=\"${named:+$named }$word\" ;;\n        esac\n    done\n";
}

constexpr const char* formats = "simple table json fields jsonl";

std::string bash_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    return "_" + program +
           "() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local named= word commands= flags=\n" +
           step_loop("\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"", commands) + cases(commands) +
           "    [[ $current == -* ]] && commands=$flags\n"
           "    [[ $before == -w || $before == --write-out ]] && commands=\"" +
           formats +
           "\"\n"
           "    COMPREPLY=($(compgen -W \"$commands\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _" +
           program + " " + program + "\n";
}

std::string zsh_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    return "#compdef " + program + "\n_" + program +
           "() {\n"
           "    local named= word commands= flags=\n" +
           step_loop("\"${(@)words[2,CURRENT-1]}\"", commands) + cases(commands) +
           "    [[ $PREFIX == -* ]] && commands=$flags\n"
           "    [[ $words[CURRENT-1] == (-w|--write-out) ]] && commands=\"" +
           formats +
           "\"\n"
           "    if [[ -n $commands ]]; then compadd -- ${=commands}; else _files; fi\n"
           "}\n"
           "if [[ $funcstack[1] == _" +
           program + " ]]; then _" + program + " \"$@\"; else compdef _" + program + " " + program + "; fi\n";
}

std::string fish_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

// The command line names this command so far, and none within it.
std::string fish_condition(const CompletedCommand& command) {
    std::string text;
    std::istringstream path(command.path);
    for (std::string name; path >> name;)
        text += (text.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + name);
    if (command.commands.empty()) return text;
    if (text.empty()) return "__fish_use_subcommand";
    return text + "; and not __fish_seen_subcommand_from " + words(command.commands);
}

std::string fish_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    std::string text;
    for (const CompletedCommand& command : commands) {
        const std::string start =
            "complete -c " + program + " -n " + fish_quoted(fish_condition(command)) + " ";
        for (const Completed& inner : command.commands)
            text += start + "-f -a " + inner.word + " -d " + fish_quoted(inner.what) + "\n";
        for (const Completed& flag : command.flags) {
            const bool is_long = flag.word.starts_with("--");
            text += start + (is_long ? "-l " + flag.word.substr(2) : "-s " + flag.word.substr(1)) + " -d " +
                    fish_quoted(flag.what) + "\n";
        }
    }
    return text;
}

}  // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& app) {
    std::vector<CompletedCommand> all;
    collect(app, "", {}, all);
    return all;
}

std::string completion_script(Shell shell, const std::string& program,
                              const std::vector<CompletedCommand>& commands) {
    switch (shell) {
        case Shell::bash:
            return bash_script(program, commands);
        case Shell::zsh:
            return zsh_script(program, commands);
        case Shell::fish:
            break;
    }
    return fish_script(program, commands);
}

}  // namespace kvbus::kvctl
