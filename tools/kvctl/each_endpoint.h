// Asking several nodes about themselves, all at the same time.
#pragma once

#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kvbus/client.h>

#include "kvctl/command.h"

namespace kvbus::kvctl {

constexpr std::string_view place_unknown = "it has not told the cluster its endpoint; does it run?";

struct Targets {
    std::vector<std::string> endpoints;
    std::vector<std::string> unknown;  // members whose endpoint nobody could tell
};
// The endpoints given, or those of all members of their cluster.
[[nodiscard]] Result<Targets> targets(const Globals& globals, bool whole_cluster);

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

struct Statuses {
    std::vector<EndpointStatus> nodes;  // that answered
    Finish finish;                      // with an error for each that did not
};
[[nodiscard]] Statuses ask_for_status(const Globals& globals, const Targets& targets);

}  // namespace kvbus::kvctl
