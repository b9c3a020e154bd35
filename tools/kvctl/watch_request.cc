#include "kvctl/watch_request.h"

#include <cstdlib>
#include <utility>

#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

}  // namespace

void add_watch_flags(CLI::App& app, WatchFlags& flags) {
    WatchOptions& options = flags.options;
    app.add_option("KEY", flags.key, "The key, or the first of a range, or a prefix; also KVCTL_WATCH_KEY");
    app.add_option("RANGE_END", flags.keys.range_end,
                   "The end of the range, itself not in it; also KVCTL_WATCH_RANGE_END");
    app.add_flag("--prefix", flags.keys.prefix, "All keys that begin with KEY; all keys if that is \"\"");
    app.add_flag("--from-key", flags.keys.from_key, "All keys from KEY on");
    add_parsed(app, "--rev", options.revision, parse_revision,
               {"REV", not_a_number, "From the changes of this revision on; 0: from now on", false, "0"});
    app.add_flag("--prev-kv", options.prev_kv, "Also show what was there before");
    app.add_flag("--keys-only", options.keys_only, "Leave out the values");
    app.add_flag("--no-put", options.no_put, "Leave out changes that put a key");
    app.add_flag("--no-delete", options.no_delete, "Leave out changes that remove a key");
    app.add_flag("--progress-notify", options.progress,
                 "Tell at the beginning, and every few seconds while nothing happens, how far the watch is");
    add_parsed(app, "--count", flags.count, parse_decimal,
               {"N", not_a_number, "End after so many changes; 0: never", false, "0"});
    app.add_flag("--fragment", flags.fragment,
                 "Taken for the sake of other clients: large revisions are always split");
    app.add_flag("-i,--interactive", flags.interactive,
                 "Read \"watch …\" and \"progress\", one a line, from stdin");
}

WatchEnvironment watch_environment() {
    return {variable("KVCTL_WATCH_KEY"), variable("KVCTL_WATCH_RANGE_END")};
}

Result<WatchRequest> watch_request(const WatchFlags& flags, std::vector<std::string> run,
                                   const WatchEnvironment& environment) {
    const auto wrong = [](std::string message) { return Error{Code::invalid_argument, std::move(message)}; };
    if (flags.key && environment.key)
        return wrong("KEY is given, and KVCTL_WATCH_KEY too; leave out one of them");
    if (!environment.key && environment.range_end)
        return wrong("KVCTL_WATCH_RANGE_END is given without KVCTL_WATCH_KEY");
    KeyArguments keys = flags.keys;
    if (environment.key) {
        keys.key = *environment.key;
        keys.range_end = environment.range_end;
    } else if (flags.key) {
        keys.key = *flags.key;
    } else {
        return wrong("KEY is missing; \"\" with --prefix means all keys");
    }
    if (keys.names_nothing()) return wrong(std::string(empty_key));
    if (flags.options.no_put && flags.options.no_delete)
        return wrong("--no-put and --no-delete leave nothing to show; choose one");
    auto range = key_range(keys);
    if (!range.ok()) return range.error();
    WatchRequest request{.key = std::move(range->key),
                         .options = flags.options,
                         .show_progress = flags.options.progress,
                         .count = flags.count,
                         .run = std::move(run)};
    request.options.range_end = std::move(range->range_end);
    return request;
}

Environment change_environment(const WatchEvent& event) {
    Environment environment;
    for (const char* prefix : {"KVBUS_WATCH_", "ETCD_WATCH_"}) {
        const auto add = [&](const char* name, const std::string& value) {
            environment.push_back(std::string(prefix) + name + "=" + value);
        };
        add("REVISION", std::to_string(event.kv.mod_revision.value));
        add("EVENT_TYPE", go_quoted(type_of(event)));
        add("KEY", go_quoted(event.kv.key));
        add("VALUE", go_quoted(event.kv.value));
    }
    return environment;
}

}  // namespace kvbus::kvctl
