// txn.
#include <iostream>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/output.h"
#include "kvctl/txn_text.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    bool interactive = false;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_flag("-i,--interactive", flags.interactive, "Say what is read next");
}

Finish txn(const Globals& globals, const Flags& flags) {
    bool written = true;
    const auto asked = read_txn(std::cin, [&](std::string_view prompt) {
        if (flags.interactive) written = write_out(std::string(prompt) + "\n") && written;
    });
    if (!written) return fail(exit_error, cannot_write);
    if (!asked.ok()) return fail(exit_input, asked.error().message);
    Client& client = connect(globals);
    const auto result = client.txn(*asked);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->txn(*asked, *result), {}};
}

}  // namespace

void add_txn_command(CLI::App& app, Command& chosen) {
    add_command(
        app, chosen,
        {"txn", "Reads comparisons and requests from stdin and makes them one transaction",
         "The input is three sections, each ended by an empty line: comparisons, the requests for when all\n"
         "of them hold (SUCCESS), and those for when not (FAILURE).\n\n"
         "A comparison: create, mod, version, value or lease of a key; = != < or >; what it is compared\n"
         "with. A request: put, get, del, incr or append with its arguments and flags. A word with spaces\n"
         "goes in quotes: \"…\", where \\n, \\\", \\x00 and so on stand for other bytes, or '…'.\n\n"
         "Example: printf 'mod(\"name\") = \"0\"\\n\\nput name me\\n\\nget name\\n\\n' | kvctl txn"},
        add_flags, txn);
}

}  // namespace kvbus::kvctl
