// incr, append, cas: writes that depend on the value that is there.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/condition.h"
#include "kvctl/exit_status.h"
#include "kvctl/requests.h"
#include "kvctl/value_source.h"

namespace kvbus::kvctl {
namespace {

Finish incr(const Globals& globals, const TxnIncrement& request) {
    Client& client = connect(globals);
    const auto result = client.increment(request.key, request.delta);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->increment(*result), {}};
}

Finish append(const Globals& globals, const AppendFlags& flags) {
    const auto bytes = read_value({.value = flags.value}, globals.session->values());
    if (!bytes.ok()) return fail(exit_arguments, bytes.error().message);
    Client& client = connect(globals);
    const auto result = client.append(flags.key, *bytes);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->append(*result), {}};
}

struct CasFlags {
    std::string key, old_value, new_value;
};

void add_cas_flags(CLI::App& app, CasFlags& flags) {
    app.add_option("KEY", flags.key, "The key")->required();
    app.add_option("OLD", flags.old_value, "The value that must be there")->required();
    app.add_option("NEW", flags.new_value, "The value to put instead")->required();
}

Finish cas(const Globals& globals, const CasFlags& flags) {
    Client& client = connect(globals);
    const auto result = client.txn(put_if(value_of(flags.key, Relation::equal, flags.old_value),
                                          {.key = flags.key, .value = flags.new_value}));
    if (!result.ok()) return fail(result.error());
    if (!result->succeeded)
        return fail(exit_condition, what_is_there(flags.key, *result) + "; nothing was put");
    return {exit_ok, make_printer(globals.print)->put({result->header, result->revision}), {}};
}

}  // namespace

void add_value_commands(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"incr", "Adds to a number, and shows what it is then",
                 "The value is a decimal integer of 64 bits.\n\n"
                 "Examples: kvctl incr visits\n"
                 "          kvctl incr stock -3"},
                add_incr_flags, incr);
    add_command(app, chosen,
                {"append", "Adds bytes at the end of a value, and shows how long it is then",
                 "The bytes are read from stdin when there are none, or when they are -.\n\n"
                 "Examples: kvctl append log 'line 7'\n"
                 "          date | kvctl append log"},
                add_append_flags, append);
    add_command(app, chosen,
                {"cas", "Replaces a value when it is what is expected; else exit status 6",
                 "For a key that must not be there, see kvctl put --if-absent.\n\n"
                 "Example: kvctl cas state ready running"},
                add_cas_flags, cas);
}

}  // namespace kvbus::kvctl
