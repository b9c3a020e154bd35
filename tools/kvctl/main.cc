// kvctl: the command line client. Parses, runs the one command, writes what it returned.
#include <string>

#include <CLI/CLI.hpp>

#include "kvctl/command.h"
#include "kvctl/exit_status.h"
#include "kvctl/global_flags.h"
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

int finish(const Finish& result) {
    const bool written = write_out(result.out);
    for (const std::string& error : result.errors)
        write_error(error);
    if (!written) {
        write_error(cannot_write);
        return exit_error;
    }
    return result.status;
}

int run(int argc, char** argv) {
    CLI::App app{"kvctl: asks and changes a kvbus cluster", "kvctl"};
    app.set_version_flag("--version", "kvctl " KVBUS_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    GlobalFlags flags;
    Command chosen;
    add_global_flags(app, flags);
    add_put_command(app, chosen);
    add_get_command(app, chosen);
    add_del_command(app, chosen);
    add_txn_command(app, chosen);
    add_value_commands(app, chosen);
    add_lease_commands(app, chosen);
    add_compaction_command(app, chosen);
    add_diff_command(app, chosen);
    add_export_command(app, chosen);
    add_import_command(app, chosen);
    add_endpoint_commands(app, chosen);
    add_member_commands(app, chosen);
    add_version_command(app, chosen);
    add_completion_command(app, chosen);
    app.footer(
        "The global options may stand before or after the command.\n"
        "Exit status: 0 ok, 1 error, 2 no connection, 3 bad input, 4 refused by the cluster, 5 unhealthy,\n"
        "6 a condition does not hold, 128 bad arguments.\n"
        "Example: kvctl --endpoints tcp://127.0.0.1:4370 put greeting hello");

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {  // --help, --version
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        write_error(explain(app, error));
        return exit_arguments;
    }
    const Result<Globals> globals = check(flags);
    return finish(globals.ok() ? chosen(*globals) : fail(exit_arguments, globals.error().message));
}

}  // namespace
}  // namespace kvbus::kvctl

int main(int argc, char** argv) {
    return kvbus::kvctl::run(argc, argv);
}
