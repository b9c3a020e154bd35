#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/requests.h"

namespace kvbus::kvctl {

void add_range_flags(CLI::App& app, KeyArguments& keys) {
    app.add_option("KEY", keys.key, "The key, or the first of a range")->required();
    app.add_option("RANGE_END", keys.range_end, "The end of the range, itself not in it");
    app.add_flag("--prefix", keys.prefix, "All keys that begin with KEY; all keys if that is \"\"");
    app.add_flag("--from-key", keys.from_key, "All keys from KEY on");
}

void add_del_flags(CLI::App& app, DelFlags& flags) {
    add_range_flags(app, flags.keys);
    app.add_flag("--prev-kv", flags.prev_kv, "Also show what is removed");
}

Result<TxnRemove> del_request(const DelFlags& flags) {
    const Result<KeyRange> range = key_range(flags.keys);
    if (!range.ok()) return range.error();
    return TxnRemove{range->key, {.range_end = range->range_end, .prev_kv = flags.prev_kv}};
}

void add_incr_flags(CLI::App& app, TxnIncrement& request) {
    app.add_option("KEY", request.key, "The key; a missing one counts as 0")->required();
    add_parsed(app, "DELTA", request.delta, parse_integer,
               {"N", "is not a whole number of 64 bits", "What to add, -3 too; if none: 1"});
}

void add_append_flags(CLI::App& app, AppendFlags& flags) {
    app.add_option("KEY", flags.key, "The key; a missing one counts as empty")->required();
    app.add_option("VALUE", flags.value, "The bytes to add at the end");
}

}  // namespace kvbus::kvctl
