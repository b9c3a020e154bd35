#include "kvbench/cluster.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "kvbench/keys.h"

namespace kvbus::bench {
namespace {

constexpr Duration leader_patience = std::chrono::seconds{5};
constexpr auto ask_again = std::chrono::milliseconds{50};

// A cluster that has just started may have no leader yet, or not have exchanged its client URLs.
bool complete(const MemberList& list) {
    if (!list.header.leader) return false;
    for (const auto& member : list.members)
        if (member.id == list.header.leader && !member.client_url.empty()) return true;
    return false;
}

Result<MemberList> members_with_leader(Client& client) {
    const Instant give_up = monotonic_now() + leader_patience;
    for (;;) {
        auto list = client.members();
        if (!list.ok() || complete(*list)) return list;
        if (monotonic_now() > give_up)
            return Error{Code::unavailable, "the cluster has no leader; see kvctl endpoint status"};
        std::this_thread::sleep_for(ask_again);
    }
}

}  // namespace

Result<Cluster> Cluster::find(const std::vector<std::string>& endpoints) {
    Cluster cluster;
    cluster.client_ = std::make_unique<Client>(ClientOptions{.endpoints = endpoints});
    const auto list = members_with_leader(*cluster.client_);
    if (!list.ok()) return list.error();

    for (const auto& member : list->members) {
        if (member.client_url.empty() || !cluster.client_->status(member.client_url).ok()) {
            std::fprintf(stderr, "kvbench: %s does not answer; it is left out\n", member.name.c_str());
            continue;
        }
        if (member.id == list->header.leader) cluster.leader_ = cluster.urls_.size();
        cluster.urls_.push_back(member.client_url);
    }
    if (cluster.urls_.empty())
        return Error{Code::connection, "no member answers on the client URL it advertises"};
    return cluster;
}

Result<std::vector<EndpointStatus>> Cluster::status() {
    std::vector<EndpointStatus> nodes;
    for (const auto& url : urls_) {
        auto node = client_->status(url);
        if (!node.ok()) return node.error();
        nodes.push_back(std::move(*node));
    }
    return nodes;
}

Result<bool> Cluster::holds(std::uint64_t keys, std::uint64_t value_size) {
    const Key first{0};
    const Key end{keys};
    const auto first_found = client_->get(first.view());
    if (!first_found.ok()) return first_found.error();
    if (first_found->kvs.empty() || first_found->kvs.front().value.size() != value_size) return false;

    const auto all = client_->get(first.view(), {.range_end = std::string{end.view()}, .count_only = true});
    if (!all.ok()) return all.error();
    return all->count >= keys;
}

}  // namespace kvbus::bench
