#include "kvctl/each_endpoint.h"

#include "kvctl/exit_status.h"

namespace kvbus::kvctl {
namespace {

// Most messages name the endpoint already; a node's own do not.
std::string about(const std::string& endpoint, const std::string& message) {
    return message.find(endpoint) == std::string::npos ? endpoint + ": " + message : message;
}

}  // namespace

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

Statuses ask_for_status(const Globals& globals, const Targets& targets) {
    Client& client = connect(globals);
    auto answers = ask_each<Result<EndpointStatus>>(
        targets.endpoints, [&](const std::string& endpoint) { return client.status(endpoint); });
    Statuses statuses;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answers[i].ok()) {
            statuses.nodes.push_back(std::move(*answers[i]));
        } else {
            statuses.finish.status = exit_status_of(answers[i].error().code);
            statuses.finish.errors.push_back(about(targets.endpoints[i], answers[i].error().message));
        }
    }
    for (const std::string& name : targets.unknown) {
        statuses.finish.status = exit_connection;
        statuses.finish.errors.push_back("status of member " + name + ": " + std::string(place_unknown));
    }
    return statuses;
}

}  // namespace kvbus::kvctl
