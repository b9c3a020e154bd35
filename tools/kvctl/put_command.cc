// put.
#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/condition.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/requests.h"
#include "kvctl/value_source.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    PutFlags put;
    std::optional<std::string> file = {};
    bool if_absent = false;
    std::optional<Revision> if_revision = {};
};

void add_flags(CLI::App& app, Flags& flags) {
    add_put_flags(app, flags.put);
    app.add_option("--file", flags.file, "Read the value from this file")->type_name("PATH");
    app.add_flag("--if-absent", flags.if_absent, "Only when there is no KEY; else exit status 6");
    add_parsed(app, "--if-rev", flags.if_revision, parse_revision,
               {"REV", not_a_number,
                "Only when KEY was last written at this revision, 0: never; else exit status 6"});
}

std::optional<std::string> contradiction(const Flags& flags) {
    if (flags.if_absent && flags.if_revision)
        return "--if-absent and --if-rev cannot be used together; choose one";
    if (flags.if_absent && (flags.put.options.ignore_value || flags.put.options.ignore_lease))
        return "--if-absent leaves no value or lease to keep; leave out --ignore-value and --ignore-lease";
    if (flags.put.options.ignore_value && flags.file)
        return "--ignore-value keeps the value that is there; leave out --file";
    return std::nullopt;
}

Finish put_under_condition(const Globals& globals, const Flags& flags, const TxnPut& put) {
    Client& client = connect(globals);
    const Compare condition = flags.if_absent
                                  ? version_of(put.key, Relation::equal, 0)
                                  : mod_revision_of(put.key, Relation::equal, flags.if_revision->value);
    const auto result = client.txn(put_if(condition, put));
    if (!result.ok()) return fail(result.error());
    if (!result->succeeded) {
        const char* name = flags.if_absent ? "--if-absent: " : "--if-rev: ";
        return fail(exit_condition, name + what_is_there(put.key, *result) + "; nothing was put");
    }
    const PutResult* done =
        result->results.empty() ? nullptr : std::get_if<PutResult>(&result->results.front().body);
    return {exit_ok, make_printer(globals.print)->put(done ? *done : PutResult{}), {}};
}

Finish put(const Globals& globals, const Flags& flags) {
    if (const auto wrong = contradiction(flags)) return fail(exit_arguments, *wrong);
    auto request = put_request(flags.put);
    if (!request.ok()) return fail(exit_arguments, request.error().message);
    if (!request->options.ignore_value) {
        auto value = read_value({flags.put.value, flags.file}, globals.session->values());
        if (!value.ok()) return fail(exit_arguments, value.error().message);
        request->value = std::move(*value);
    }
    if (flags.if_absent || flags.if_revision) return put_under_condition(globals, flags, *request);

    Client& client = connect(globals);
    const auto result = client.put(request->key, request->value, request->options);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->put(*result), {}};
}

}  // namespace

void add_put_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"put", "Stores a value under a key",
                 "The value is read from stdin when there is none, or when it is -. One that begins with a\n"
                 "dash goes after --.\n\n"
                 "Examples: kvctl put greeting hello\n"
                 "          kvctl put offset -- -5\n"
                 "          kvctl put picture --file picture.png\n"
                 "          kvctl put --ttl 90s session/7 alive\n"
                 "          kvctl put --if-absent leader n1"},
                add_flags, put);
}

}  // namespace kvbus::kvctl
