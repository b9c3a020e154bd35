#include "kvctl/printer.h"

namespace kvbus::kvctl {

std::optional<Format> parse_format(std::string_view name) {
    if (name == "simple") return Format::simple;
    if (name == "table") return Format::table;
    if (name == "json") return Format::json;
    if (name == "fields") return Format::fields;
    return std::nullopt;
}

std::unique_ptr<Printer> make_printer(const PrintOptions& options) {
    switch (options.format) {
        case Format::simple:
            return make_simple_printer(options.hex, options.values_only);
        case Format::table:
            return make_table_printer(options.hex);
        case Format::json:
            return make_json_printer();
        case Format::fields:
            break;
    }
    return make_fields_printer();
}

// A member tells its client URL when it starts.
std::string_view state_of(const Member& member) {
    return member.client_url.empty() ? "unstarted" : "started";
}

}  // namespace kvbus::kvctl
