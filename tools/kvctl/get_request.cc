#include <algorithm>
#include <cctype>

#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/requests.h"

namespace kvbus::kvctl {
namespace {

// As etcdctl, which takes them in any case.
std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return result;
}

std::optional<SortTarget> parse_sort_target(std::string_view text) {
    const std::string name = upper(text);
    if (name == "CREATE") return SortTarget::create_revision;
    if (name == "KEY") return SortTarget::key;
    if (name == "MODIFY") return SortTarget::mod_revision;
    if (name == "VALUE") return SortTarget::value;
    if (name == "VERSION") return SortTarget::version;
    return std::nullopt;
}

std::optional<SortOrder> parse_sort_order(std::string_view text) {
    const std::string name = upper(text);
    if (name == "ASCEND") return SortOrder::ascend;
    if (name == "DESCEND") return SortOrder::descend;
    return std::nullopt;
}

void add_revision(CLI::App& app, const char* name, Revision& target, const char* help) {
    add_parsed(app, name, target, parse_revision, {"REV", not_a_number, help});
}

}  // namespace

void add_get_flags(CLI::App& app, GetFlags& flags) {
    GetOptions& options = flags.options;
    add_range_flags(app, flags.keys);
    add_revision(app, "--rev", options.revision, "As of this revision; 0: now");
    add_parsed(app, "--limit", options.limit, parse_decimal,
               {"N", not_a_number, "At most so many keys; 0: all"});
    add_parsed(app, "--sort-by", flags.sort_by, parse_sort_target,
               {"FIELD", "is no field to sort by; use CREATE, KEY, MODIFY, VALUE or VERSION",
                "CREATE, KEY, MODIFY, VALUE or VERSION"});
    add_parsed(
        app, "--order", flags.order, parse_sort_order,
        {"ORDER", "is no order; use ASCEND or DESCEND", "ASCEND or DESCEND; without --sort-by of the keys"});
    add_revision(app, "--min-mod-rev", options.mod_revision_min, "Only keys last written at it or later");
    add_revision(app, "--max-mod-rev", options.mod_revision_max, "Only keys last written at it or earlier");
    add_revision(app, "--min-create-rev", options.create_revision_min, "Only keys created at it or later");
    add_revision(app, "--max-create-rev", options.create_revision_max, "Only keys created at it or earlier");
    app.add_flag("--keys-only", options.keys_only, "Leave out the values");
    app.add_flag("--count-only", options.count_only, "Only the number of keys");
}

Result<TxnGet> get_request(const GetFlags& flags) {
    const Result<KeyRange> range = key_range(flags.keys);
    if (!range.ok()) return range.error();
    TxnGet request{range->key, flags.options};
    request.options.range_end = range->range_end;
    if (flags.sort_by || flags.order) {
        request.options.sort_target = flags.sort_by.value_or(SortTarget::key);
        request.options.sort_order = flags.order.value_or(SortOrder::ascend);
    }
    return request;
}

}  // namespace kvbus::kvctl
