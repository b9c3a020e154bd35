// del.
#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/requests.h"

namespace kvbus::kvctl {
namespace {

Finish del(const Globals& globals, const DelFlags& flags) {
    if (flags.keys.names_nothing()) return fail(exit_input, std::string(empty_key));
    const auto request = del_request(flags);
    if (!request.ok()) return fail(exit_arguments, request.error().message);
    Client& client = connect(globals);
    const auto result = client.remove(request->key, request->options);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->remove(*result), {}};
}

}  // namespace

void add_del_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"del", "Removes a key or a range of keys, and shows how many there were",
                 "Examples: kvctl del greeting\n"
                 "          kvctl del --prefix planet/ --prev-kv"},
                add_del_flags, del);
}

}  // namespace kvbus::kvctl
