#include "kvctl/program.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "kvctl/command_line.h"
#include "kvctl/exit_status.h"
#include "kvctl/output.h"

namespace kvbus::kvctl {
namespace {

// The deepest command that was named: the one whose help is of use.
const CLI::App& innermost(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : innermost(*parsed.front());
}

std::string full_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

// What the parser could not make sense of, in the words of a person.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App& command = innermost(app);
    const std::string help = "; see " + full_name(command) + " --help";
    const std::vector<std::string> left = app.remaining(true);
    if (left.empty()) return error.what() + help;
    const std::string& first = left.front();
    if (first.size() > 1 && first.front() == '-') {
        return "unknown flag: " + first + "; a KEY or VALUE that begins with a dash goes after --" + help;
    }
    const bool has_commands = !command.get_subcommands([](const CLI::App*) { return true; }).empty();
    return (has_commands ? "unknown command: " : "one argument too many: ") + first + help;
}

// The parser takes its words last one first.
void parse(CLI::App& app, std::vector<std::string> words) {
    std::ranges::reverse(words);
    app.parse(std::move(words));
}

}  // namespace

void add_everything(CLI::App& app, GlobalFlags& flags, Command& chosen) {
    app.description("kvctl: asks and changes a kvbus cluster");
    app.set_version_flag("--version", "kvctl " KVBUS_VERSION, "Show the version and end");
    app.set_help_flag("-h,--help", "Show this help and end");
    app.require_subcommand(0, 1);
    app.fallthrough();
    add_global_flags(app, flags);
    add_put_command(app, chosen);
    add_get_command(app, chosen);
    add_del_command(app, chosen);
    add_txn_command(app, chosen);
    add_value_commands(app, chosen);
    add_watch_command(app, chosen);
    add_lease_commands(app, chosen);
    add_lock_command(app, chosen);
    add_elect_command(app, chosen);
    add_history_command(app, chosen);
    add_diff_command(app, chosen);
    add_compaction_command(app, chosen);
    add_export_command(app, chosen);
    add_import_command(app, chosen);
    add_snapshot_commands(app, chosen);
    add_endpoint_commands(app, chosen);
    add_alarm_commands(app, chosen);
    add_member_commands(app, chosen);
    add_version_command(app, chosen);
    add_repl_command(app, chosen);
    add_help_command(app, chosen);
    add_completion_command(app, chosen);
    app.footer(
        "The global options may stand before or after the command. Without a command, on a terminal: repl.\n"
        "Exit status: 0 ok, 1 error, 2 no connection, 3 bad input, 4 refused by the cluster, 5 unhealthy, "
        "or\n"
        "a watch that the cluster ended, 6 a condition does not hold, 7 a lock or leadership was lost, 128 "
        "bad\n"
        "arguments.\n\n"
        "Example: kvctl --endpoints tcp://127.0.0.1:4370 put greeting hello");
}

Finish run_words(std::vector<std::string> words, Session& session) {
    CLI::App app{"", "kvctl"};
    GlobalFlags flags;
    Command chosen;
    add_everything(app, flags, chosen);
    CommandLine line = split_command_line(app, std::move(words));
    try {
        parse(app, line.own);
        if (!chosen && isatty(STDIN_FILENO) != 0) {
            line.own.emplace_back("repl");
            parse(app, std::move(line.own));
        }
    } catch (const CLI::Success& success) {  // --help, --version
        std::ostringstream out;
        app.exit(success, out, out);
        return {exit_ok, out.str(), {}};
    } catch (const CLI::ParseError& error) {
        return fail(exit_arguments, explain(app, error));
    }
    if (!chosen) return fail(exit_arguments, "a command is missing; see kvctl --help");
    if (line.ends_at_separator)
        return fail(exit_arguments, "there is no command behind --; leave out --, or say what to run");
    Result<Globals> globals = check(flags, app.get_option("--write-out")->count() > 0);
    if (!globals.ok()) return fail(exit_arguments, globals.error().message);
    globals->run = std::move(line.run);
    globals->session = &session;
    return chosen(*globals);
}

int write_finish(const Finish& finish, const std::string& before_errors) {
    const bool written = write_out(finish.out);
    for (const std::string& error : finish.errors)
        write_error(before_errors + error);
    if (!written) {
        write_error(before_errors + cannot_write);
        return exit_error;
    }
    return finish.status;
}

}  // namespace kvbus::kvctl
