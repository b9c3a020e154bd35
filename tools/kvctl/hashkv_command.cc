// endpoint hashkv: the hash of what each node holds, compared where they are at the same index of the log.
#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "kvctl/command.h"
#include "kvctl/each_endpoint.h"
#include "kvctl/endpoint_commands.h"
#include "kvctl/exit_status.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

// Under constant writes the nodes are at different indexes most of the time, but not always.
constexpr int tries_max = 10;
constexpr std::chrono::milliseconds pause{50};

bool are_at_one_index(const std::vector<EndpointStatus>& nodes) {
    return std::ranges::all_of(
        nodes, [&](const EndpointStatus& node) { return node.applied == nodes.front().applied; });
}

std::string describe(const EndpointStatus& node) {
    return node.endpoint + " has " + hex_number(node.state_hash);
}

}  // namespace

std::string difference_of_hashes(const std::vector<EndpointStatus>& nodes) {
    std::map<std::uint64_t, const EndpointStatus*> first_at;
    for (const EndpointStatus& node : nodes) {
        const auto [first, is_new] = first_at.emplace(node.applied, &node);
        if (is_new || first->second->state_hash == node.state_hash) continue;
        return "the nodes differ at log index " + std::to_string(node.applied) + ": " +
               describe(*first->second) + ", " + describe(node) + "; kvctl alarm list tells which is wrong";
    }
    return "";
}

Finish hashkv(const Globals& globals, bool whole_cluster) {
    const Result<Targets> asked = targets(globals, whole_cluster);
    if (!asked.ok()) return fail(asked.error());
    Statuses statuses = ask_for_status(globals, *asked);
    for (int tries = 1; tries < tries_max && !are_at_one_index(statuses.nodes); ++tries) {
        std::this_thread::sleep_for(pause);
        statuses = ask_for_status(globals, *asked);
    }
    Finish finish = std::move(statuses.finish);
    if (statuses.nodes.empty()) return finish;
    finish.out = make_printer(globals.print)->hashes(statuses.nodes);
    if (std::string difference = difference_of_hashes(statuses.nodes); !difference.empty()) {
        finish.status = exit_unhealthy;
        finish.errors.push_back(std::move(difference));
    } else if (!are_at_one_index(statuses.nodes)) {
        finish.status = exit_error;
        finish.errors.emplace_back(
            "the nodes are at different log indexes, and their hashes cannot be compared: ask again when "
            "less is written; the nodes themselves compare theirs every second, see kvctl alarm list");
    }
    return finish;
}

}  // namespace kvbus::kvctl
