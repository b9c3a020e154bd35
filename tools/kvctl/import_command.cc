// import.
#include <fstream>
#include <iostream>
#include <latch>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/key_lines.h"
#include "kvctl/line_reader.h"
#include "kvctl/parse_text.h"
#include "kvctl/progress.h"

namespace kvbus::kvctl {
namespace {

struct Flags {
    std::string file = "-";
    std::uint64_t limit = 1000;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("FILE", flags.file, "The lines; - or nothing: stdin");
    add_parsed(app, "--limit", flags.limit, parse_decimal,
               {"N", not_a_number, "Put at most so many keys at a time, 1 to 8192; if not given: 1000"});
}

// What travels together; the client takes 64 MiB at once.
constexpr std::size_t chunk_bytes_max = std::size_t{8} << 20;

struct Chunk {
    std::vector<ImportedKey> keys;
    bool last = false;
};

Result<Chunk> read_chunk(LineReader& lines, std::uint64_t keys_max) {
    Chunk chunk;
    for (std::size_t bytes = 0; chunk.keys.size() < keys_max && bytes < chunk_bytes_max;) {
        const auto line = lines.next();
        if (!line.ok()) return line.error();
        chunk.last = !*line;
        if (chunk.last) break;
        if ((*line)->find_first_not_of(" \t\r") == std::string::npos) continue;
        auto key = parse_key_line(**line);
        if (!key.ok()) return Error{key.error().code, lines.place() + key.error().message};
        bytes += key->key.size() + key->value.size();
        chunk.keys.push_back(std::move(*key));
    }
    return chunk;
}

// Puts them all at the same time; the first error, if any.
std::optional<Error> put_all(Client& client, const std::vector<ImportedKey>& keys) {
    std::vector<std::optional<Error>> errors(keys.size());
    std::latch under_way(static_cast<std::ptrdiff_t>(keys.size()));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        client.put_async(keys[i].key, keys[i].value, {}, [&, i](const Result<PutResult>& result) {
            if (!result.ok()) errors[i] = result.error();
            under_way.count_down();
        });
    }
    under_way.wait();
    for (auto& error : errors) {
        if (error) return error;
    }
    return std::nullopt;
}

Finish import_lines(const Globals& globals, std::istream& in, std::uint64_t limit) {
    Client& client = connect(globals);
    LineReader lines(in);
    Progress progress("keys imported", 0);
    for (std::uint64_t imported = 0;; progress.at(imported)) {
        const std::string so_far = "; before it " + std::to_string(imported) +
                                   " keys were imported, which it does no harm to repeat";
        const auto chunk = read_chunk(lines, limit);
        if (!chunk.ok()) return fail(exit_input, chunk.error().message + so_far);
        if (const auto error = put_all(client, chunk->keys))
            return fail({error->code, "up to " + lines.place() + error->message + so_far});
        imported += chunk->keys.size();
        if (chunk->last) return {exit_ok, make_printer(globals.print)->imported(imported), {}};
    }
}

Finish import_keys(const Globals& globals, const Flags& flags) {
    if (flags.limit == 0 || flags.limit > ClientOptions{}.in_flight_max)
        return fail(exit_arguments, "--limit: it takes 1 to 8192");
    if (flags.file == "-") return import_lines(globals, std::cin, flags.limit);
    std::ifstream file(flags.file, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
        return fail(exit_arguments, "FILE: " + flags.file + " cannot be read, or is empty");
    return import_lines(globals, file, flags.limit);
}

}  // namespace

void add_import_command(CLI::App& app, Command& chosen) {
    add_command(
        app, chosen,
        {"import", "Puts the keys that kvctl export wrote, and shows how many",
         "Keys get new revisions, and no lease. What is there already is overwritten, what is not in\n"
         "the lines stays.\n\n"
         "Examples: kvctl import all.jsonl\n"
         "          kvctl export \"\" | kvctl --endpoints tcp://10.0.0.9:4370 import"},
        add_flags, import_keys);
}

}  // namespace kvbus::kvctl
