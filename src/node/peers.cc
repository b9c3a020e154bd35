#include "node/peers.h"

#include <algorithm>

namespace kvbus::node {
namespace {

constexpr Duration greeting_interval = std::chrono::milliseconds{500};

}  // namespace

bool Peers::greeted(NodeId from, const wire::Greeting& greeting) {
    const auto member = std::ranges::find(members_, from, &Member::id);
    if (member == members_.end() || from == self_) return false;
    member->client_url = greeting.client_url;
    return true;
}

std::vector<NodeId> Peers::due(Instant now) {
    if (now < next_) return {};
    std::vector<NodeId> nodes;
    for (const auto& member : members_) {
        if (member.id != self_ && member.client_url.empty()) nodes.push_back(member.id);
    }
    next_ = nodes.empty() ? never : now + greeting_interval;
    return nodes;
}

bool Peers::known(NodeId node) const {
    return std::ranges::find(members_, node, &Member::id) != members_.end();
}

}  // namespace kvbus::node
