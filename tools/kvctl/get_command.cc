// get.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/requests.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    GetFlags get;
    bool values_only = false;
    std::string consistency = "l";
};

void add_flags(CLI::App& app, Flags& flags) {
    add_get_flags(app, flags.get);
    app.add_flag("--print-value-only", flags.values_only, "Leave out the keys, in the simple output format");
    app.add_option("--consistency", flags.consistency,
                   "l: linearizable. s: serializable, from the node that is asked, possibly behind")
        ->capture_default_str();
}

Finish get(const Globals& globals, const Flags& flags) {
    if (flags.consistency != "l" && flags.consistency != "s") {
        return fail(exit_arguments, "--consistency: \"" + flags.consistency +
                                        "\" is neither l (linearizable) nor s (serializable)");
    }
    if (flags.values_only && globals.print.format != Format::simple) {
        return fail(exit_arguments, "--print-value-only is for the simple output format only; leave out -w");
    }
    if (flags.get.options.keys_only && flags.values_only) {
        return fail(exit_arguments, "--keys-only and --print-value-only leave nothing to print; choose one");
    }
    if (flags.get.keys.names_nothing()) return fail(exit_input, std::string(empty_key));
    auto request = get_request(flags.get);
    if (!request.ok()) return fail(exit_arguments, request.error().message);
    request->options.serializable = flags.consistency == "s";

    Client& client = connect(globals);
    const auto result = client.get(request->key, request->options);
    if (!result.ok()) return fail(result.error());
    PrintOptions print = globals.print;
    print.values_only = flags.values_only;
    return {exit_ok, make_printer(print)->get(*result, request->options.count_only), {}};
}

}  // namespace

void add_get_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"get", "Shows a key or a range of keys with their values",
                 "Examples: kvctl get greeting\n"
                 "          kvctl get --prefix planet/ --keys-only\n"
                 "          kvctl get --prefix planet/ --rev 7\n"
                 "          kvctl get --prefix planet/ --sort-by MODIFY --order DESCEND --limit 3\n"
                 "          kvctl get \"\" --prefix --count-only"},
                add_flags, get);
}

}  // namespace kvbus::kvctl
