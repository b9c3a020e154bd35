#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/requests.h"

namespace kvbus::kvctl {

void add_put_flags(CLI::App& app, PutFlags& flags) {
    app.add_option("KEY", flags.key, "The key, 1 byte to 32 KiB")->required();
    app.add_option("VALUE", flags.value, "The value, at most 1 MiB");
    app.add_flag("--prev-kv", flags.options.prev_kv, "Also show what was there before");
    app.add_flag("--ignore-value", flags.options.ignore_value, "Keep the value; KEY must exist");
    app.add_flag("--ignore-lease", flags.options.ignore_lease, "Keep the lease and ttl; KEY must exist");
    add_parsed(app, "--lease", flags.options.lease, parse_lease_id,
               {"ID", not_a_lease, "The lease with which KEY is removed, in hex"});
    add_parsed(app, "--ttl", flags.options.ttl, parse_ttl,
               {"DURATION", "is not a duration of at least 1ms, as in 90s or 1h30m",
                "Remove KEY after this time, as in 90s or 1h30m"});
}

Result<TxnPut> put_request(const PutFlags& flags) {
    const PutOptions& options = flags.options;
    const auto wrong = [](const char* message) { return Error{Code::invalid_argument, message}; };
    if (options.ignore_value && flags.value)
        return wrong("--ignore-value keeps the value that is there; leave out VALUE");
    if (options.lease && options.ttl > options.ttl.zero())
        return wrong("--lease and --ttl cannot be used together; choose one");
    if (options.ignore_lease && (options.lease || options.ttl > options.ttl.zero()))
        return wrong("--ignore-lease keeps the lease that is there; leave out --lease and --ttl");
    return TxnPut{flags.key, flags.value.value_or(""), options};
}

}  // namespace kvbus::kvctl
