// put, get, del.
#include <iostream>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>

#include "kvctl/command.h"
#include "kvctl/exit_status.h"
#include "kvctl/key_range.h"
#include "wire/limits.h"

namespace kvbus::kvctl {
namespace {

constexpr std::string_view empty_key = "KEY is empty; with --prefix or --from-key that means all keys";

// At most one byte more than a value may have: the client then says what is wrong.
std::string read_value(std::istream& in) {
    std::string value(wire::limits::value_bytes_max + 1, '\0');
    in.read(value.data(), static_cast<std::streamsize>(value.size()));
    value.resize(static_cast<std::size_t>(in.gcount()));
    return value;
}

// --- put -------------------------------------------------------------------------------------------------

struct PutArguments {
    std::string key;
    std::optional<std::string> value;
};

Finish put(const Globals& globals, const PutArguments& arguments) {
    const bool from_stdin = !arguments.value || *arguments.value == "-";
    const std::string value = from_stdin ? read_value(std::cin) : *arguments.value;
    if (from_stdin && value.empty()) {
        return fail(exit_arguments, "no VALUE, and nothing on stdin; for an empty value say \"\"");
    }
    Client client(client_options(globals, globals.endpoints));
    const auto result = client.put(arguments.key, value);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->put(*result), {}};
}

void add_put(CLI::App& app, Command& chosen) {
    const auto arguments = std::make_shared<PutArguments>();
    CLI::App* command = app.add_subcommand("put", "Stores a value under a key");
    command->add_option("KEY", arguments->key, "The key, 1 byte to 32 KiB")->required();
    command->add_option("VALUE", arguments->value,
                        "The value, at most 1 MiB; - or nothing: read it from stdin");
    command->footer(
        "A value that begins with a dash goes after --.\n\n"
        "Examples: kvctl put greeting hello\n"
        "          kvctl put offset -- -5\n"
        "          kvctl put picture < picture.png");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Globals& globals) { return put(globals, *arguments); };
    });
}

// --- get -------------------------------------------------------------------------------------------------

struct GetArguments {
    KeyArguments keys;
    std::uint64_t limit = 0;
    bool keys_only = false;
    bool count_only = false;
    bool values_only = false;
    std::string consistency = "l";
};

Finish get(const Globals& globals, const GetArguments& arguments) {
    if (arguments.consistency != "l" && arguments.consistency != "s") {
        return fail(exit_arguments, "--consistency: \"" + arguments.consistency +
                                        "\" is neither l (linearizable) nor s (serializable)");
    }
    if (arguments.values_only && globals.print.format != Format::simple) {
        return fail(exit_arguments, "--print-value-only is for the simple output format only; leave out -w");
    }
    if (arguments.keys_only && arguments.values_only) {
        return fail(exit_arguments, "--keys-only and --print-value-only leave nothing to print; choose one");
    }
    if (arguments.keys.names_nothing()) return fail(exit_input, std::string(empty_key));
    const Result<KeyRange> range = key_range(arguments.keys);
    if (!range.ok()) return fail(exit_arguments, range.error().message);

    Client client(client_options(globals, globals.endpoints));
    const auto result = client.get(range->key, {.range_end = range->range_end,
                                                .limit = arguments.limit,
                                                .serializable = arguments.consistency == "s",
                                                .keys_only = arguments.keys_only,
                                                .count_only = arguments.count_only});
    if (!result.ok()) return fail(result.error());
    PrintOptions print = globals.print;
    print.values_only = arguments.values_only;
    return {exit_ok, make_printer(print)->get(*result, arguments.count_only), {}};
}

void add_keys(CLI::App& command, KeyArguments& keys) {
    command.add_option("KEY", keys.key, "The key, or the first of a range")->required();
    command.add_option("RANGE_END", keys.range_end, "The end of the range, itself not in it");
    command.add_flag("--prefix", keys.prefix, "All keys that begin with KEY; all keys if that is \"\"");
    command.add_flag("--from-key", keys.from_key, "All keys from KEY on");
}

void add_get(CLI::App& app, Command& chosen) {
    const auto arguments = std::make_shared<GetArguments>();
    CLI::App* command = app.add_subcommand("get", "Shows a key or a range of keys with their values");
    add_keys(*command, arguments->keys);
    command->add_option("--limit", arguments->limit, "At most so many keys; 0: all")
        ->check([](const std::string& text) {
            const bool fits = text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
            return fits ? "" : "\"" + text + "\" is not a number of keys";
        })
        ->capture_default_str();
    command->add_flag("--keys-only", arguments->keys_only, "Leave out the values");
    command->add_flag("--count-only", arguments->count_only, "Only the number of keys");
    command->add_flag("--print-value-only", arguments->values_only,
                      "Leave out the keys, in the simple output format");
    command
        ->add_option("--consistency", arguments->consistency,
                     "l: linearizable. s: serializable, from the node that is asked, possibly behind")
        ->capture_default_str();
    command->footer(
        "Examples: kvctl get greeting\n"
        "          kvctl get --prefix planet/ --keys-only\n"
        "          kvctl get \"\" --prefix --count-only");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Globals& globals) { return get(globals, *arguments); };
    });
}

// --- del -------------------------------------------------------------------------------------------------

Finish del(const Globals& globals, const KeyArguments& keys) {
    if (keys.names_nothing()) return fail(exit_input, std::string(empty_key));
    const Result<KeyRange> range = key_range(keys);
    if (!range.ok()) return fail(exit_arguments, range.error().message);
    Client client(client_options(globals, globals.endpoints));
    const auto result = client.remove(range->key, range->range_end);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->remove(*result), {}};
}

void add_del(CLI::App& app, Command& chosen) {
    const auto keys = std::make_shared<KeyArguments>();
    CLI::App* command =
        app.add_subcommand("del", "Removes a key or a range of keys, and shows how many there were");
    add_keys(*command, *keys);
    command->footer(
        "Examples: kvctl del greeting\n"
        "          kvctl del --prefix planet/");
    command->callback(
        [keys, &chosen] { chosen = [keys](const Globals& globals) { return del(globals, *keys); }; });
}

}  // namespace

void add_key_commands(CLI::App& app, Command& chosen) {
    add_put(app, chosen);
    add_get(app, chosen);
    add_del(app, chosen);
}

}  // namespace kvbus::kvctl
