// endpoint status, endpoint health: asks each endpoint for itself, all at the same time.
#include <memory>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "kvctl/command.h"
#include "kvctl/exit_status.h"

namespace kvbus::kvctl {
namespace {

// Calls ask(endpoint) for all of them at once; the answers come in their order.
template <class T, class Ask>
std::vector<T> ask_each(const std::vector<std::string>& endpoints, Ask&& ask) {
    std::vector<std::optional<T>> answers(endpoints.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < endpoints.size(); ++i) {
            threads.emplace_back([&, i] { answers[i].emplace(ask(endpoints[i])); });
        }
    }
    std::vector<T> all;
    for (auto& answer : answers)
        all.push_back(std::move(*answer));
    return all;
}

constexpr std::string_view place_unknown = "it has not told the cluster its endpoint; does it run?";

// Most messages name the endpoint already; a node's own do not.
std::string about(const std::string& endpoint, const std::string& message) {
    return message.find(endpoint) == std::string::npos ? endpoint + ": " + message : message;
}

struct Targets {
    std::vector<std::string> endpoints;
    std::vector<std::string> unknown;  // members whose endpoint nobody could tell
};

// The endpoints given, or those of all members of their cluster.
Result<Targets> targets(const Globals& globals, bool whole_cluster) {
    if (!whole_cluster) return Targets{globals.endpoints, {}};
    Client& client = connect(globals);
    const auto list = client.members();
    if (!list.ok()) return list.error();
    Targets result;
    for (const Member& member : list->members) {
        (member.client_url.empty() ? result.unknown : result.endpoints)
            .push_back(member.client_url.empty() ? member.name : member.client_url);
    }
    return result;
}

Finish status(const Globals& globals, bool whole_cluster) {
    const Result<Targets> asked = targets(globals, whole_cluster);
    if (!asked.ok()) return fail(asked.error());
    Client& client = connect(globals);
    const auto answers = ask_each<Result<EndpointStatus>>(
        asked->endpoints, [&](const std::string& endpoint) { return client.status(endpoint); });

    Finish finish;
    std::vector<EndpointStatus> nodes;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answers[i].ok()) {
            nodes.push_back(*answers[i]);
        } else {
            finish.status = exit_status_of(answers[i].error().code);
            finish.errors.push_back(about(asked->endpoints[i], answers[i].error().message));
        }
    }
    for (const std::string& name : asked->unknown) {
        finish.status = exit_connection;
        finish.errors.push_back("status of member " + name +
                                ": it has not told the cluster its endpoint; does it run?");
    }
    if (!nodes.empty()) finish.out = make_printer(globals.print)->status(nodes);
    return finish;
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
}

}  // namespace kvbus::kvctl
