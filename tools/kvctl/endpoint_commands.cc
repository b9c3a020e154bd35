// endpoint status, endpoint health, endpoint hashkv: asks each endpoint for itself, all at the same time.
#include "kvctl/endpoint_commands.h"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "kvctl/command.h"
#include "kvctl/each_endpoint.h"
#include "kvctl/exit_status.h"

namespace kvbus::kvctl {
namespace {

Finish status(const Globals& globals, bool whole_cluster) {
    const Result<Targets> asked = targets(globals, whole_cluster);
    if (!asked.ok()) return fail(asked.error());
    Statuses statuses = ask_for_status(globals, *asked);
    if (!statuses.nodes.empty()) statuses.finish.out = make_printer(globals.print)->status(statuses.nodes);
    return std::move(statuses.finish);
}

// Healthy is a node through which a linearizable read succeeds: it has a leader, and that a quorum. Asking
// for the status first finds a node that is not there at once, where the read would wait for it.
Health check_health(const Globals& globals, const std::string& endpoint) {
    Client client(client_options(globals, {endpoint}));
    if (const auto there = client.status(endpoint); !there.ok()) return {endpoint, {}, there.error().message};
    const Instant start = monotonic_now();
    const auto result = client.get("health", {.count_only = true});
    return {endpoint, monotonic_now() - start, result.ok() ? "" : result.error().message};
}

Finish health(const Globals& globals, bool whole_cluster) {
    const Result<Targets> asked = targets(globals, whole_cluster);
    if (!asked.ok()) return fail(asked.error());
    auto endpoints = ask_each<Health>(
        asked->endpoints, [&](const std::string& endpoint) { return check_health(globals, endpoint); });
    for (const std::string& name : asked->unknown) {
        endpoints.push_back({name, {}, std::string(place_unknown)});
    }
    Finish finish{exit_ok, make_printer(globals.print)->health(endpoints), {}};
    std::string unhealthy;
    for (const Health& endpoint : endpoints) {
        if (!endpoint.healthy()) unhealthy += (unhealthy.empty() ? "" : ", ") + endpoint.endpoint;
    }
    if (!unhealthy.empty()) {
        finish.status = exit_unhealthy;
        finish.errors.push_back("unhealthy: " + unhealthy);
    }
    return finish;
}

void add(CLI::App& group, Command& chosen, const char* name, const char* what, const char* examples,
         Finish (*run)(const Globals&, bool)) {
    const auto whole_cluster = std::make_shared<bool>(false);
    CLI::App* command = group.add_subcommand(name, what);
    command->add_flag("--cluster", *whole_cluster, "All members of the cluster, not only --endpoints");
    command->footer(examples);
    command->callback([whole_cluster, run, &chosen] {
        chosen = [whole_cluster, run](const Globals& globals) { return run(globals, *whole_cluster); };
    });
}

}  // namespace

void add_endpoint_commands(CLI::App& app, Command& chosen) {
    CLI::App* group = app.add_subcommand("endpoint", "Asks the endpoints about themselves");
    group->require_subcommand(1)->fallthrough();
    group->footer("Example: kvctl endpoint health --cluster");
    add(*group, chosen, "status", "Shows each node's role, log position, sizes and state hash",
        "Example: kvctl endpoint status --cluster -w table", status);
    add(*group, chosen, "health", "Reads through each node; exit status 5 when one cannot serve",
        "Example: kvctl endpoint health --endpoints tcp://127.0.0.1:4370,tcp://127.0.0.1:4380", health);
    add(*group, chosen, "hashkv",
        "Shows the hash of what each node holds; exit status 5 when nodes at the same log index differ",
        "Example: kvctl endpoint hashkv --cluster -w table", hashkv);
}

}  // namespace kvbus::kvctl
