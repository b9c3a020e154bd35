#include "client/endpoints.h"

#include <algorithm>

#include "base/check.h"
#include "wire/limits.h"

namespace kvbus::client {
namespace {

// Given and learned ones, and those that status calls named; members come and go, so more than there are
// members.
constexpr std::size_t endpoints_max = 4 * wire::limits::members_max;

}  // namespace

Endpoints::Endpoints(const std::vector<std::string>& given, bool stay_on_given)
    : stay_on_given_(stay_on_given) {
    for (const std::string& url : given) {
        Endpoint& endpoint = at(find(url) ? find(url) : add(url));
        endpoint.given = true;
        endpoint.general = true;
    }
}

EndpointId Endpoints::add(const std::string& url) {
    endpoints_.emplace_back().url = url;
    return EndpointId{endpoints_.size()};
}

EndpointId Endpoints::find(std::string_view url) const {
    const auto found = std::ranges::find(endpoints_, url, &Endpoint::url);
    return found == endpoints_.end() ? EndpointId{} : EndpointId(found - endpoints_.begin() + 1);
}

std::optional<EndpointId> Endpoints::pin(const std::string& url) {
    EndpointId id = find(url);
    if (!id && endpoints_.size() >= endpoints_max) return std::nullopt;
    if (!id) id = add(url);
    at(id).pinned = true;
    return id;
}

void Endpoints::connected(EndpointId id) {
    at(id).connected = true;
    at(id).suspect_until = {};
    place_leader();
}

void Endpoints::disconnected(EndpointId id, std::string_view reason) {
    at(id).connected = false;
    at(id).reason = reason;
    place_leader();
}

void Endpoints::suspect(EndpointId id, Instant until) {
    at(id).suspect_until = until;
}

bool Endpoints::learn(EndpointId from, const Header& header) {
    Endpoint& endpoint = at(from);
    if (!endpoint.general) return true;  // asked by name: its word is not taken for the cluster's
    if (!cluster_) cluster_ = header.cluster;
    if (header.cluster != cluster_) {
        endpoint.foreign = true;
        place_leader();
        endpoint.reason = "it belongs to cluster " + std::to_string(header.cluster.value) +
                          ", the others to " + std::to_string(cluster_.value);
        return false;
    }
    const bool leader_news =
        !stay_on_given_ &&
        (header.term > term_ || (header.term == term_ && header.leader && header.leader != leader_));
    if (leader_news) {
        term_ = header.term;
        leader_ = header.leader;
    }
    if (leader_news || endpoint.node != header.node) {
        endpoint.node = header.node;
        place_leader();
    }
    return true;
}

bool Endpoints::learn(std::span<const Member> members) {
    if (stay_on_given_ || members.empty()) return true;
    bool complete = true;
    for (Endpoint& endpoint : endpoints_)
        endpoint.general = endpoint.given;
    for (const Member& member : members) {
        if (member.client_url.empty()) {
            complete = false;
            continue;
        }
        // The same node may have been given under another name, localhost say; then it is not connected to
        // twice.
        const bool known = std::ranges::any_of(endpoints_, [&](const Endpoint& endpoint) {
            return endpoint.given && endpoint.node == member.id && endpoint.connected;
        });
        EndpointId id = find(member.client_url);
        if (!id && (known || endpoints_.size() >= endpoints_max)) continue;
        if (!id) id = add(member.client_url);
        at(id).general = true;
        at(id).node = member.id;
    }
    place_leader();
    return complete;
}

void Endpoints::place_leader() {
    leader_endpoint_ = {};
    if (!leader_) return;
    for (EndpointId id{1}; id.value <= endpoints_.size(); ++id.value) {
        if (at(id).node != leader_ || !at(id).general || at(id).foreign) continue;
        if (!leader_endpoint_ || at(id).connected) leader_endpoint_ = id;
    }
}

bool Endpoints::usable(EndpointId id) const {
    return at(id).general && at(id).connected && !at(id).foreign;
}

bool Endpoints::good(EndpointId id, Instant now) const {
    return usable(id) && at(id).suspect_until <= now;
}

std::optional<EndpointId> Endpoints::target(Instant now) {
    if (leader_endpoint_ && good(leader_endpoint_, now)) return current_ = leader_endpoint_;
    if (current_ && good(current_, now)) return current_;

    // The next in turn, so that clients spread; when all are suspect, the one that has been so for longest.
    EndpointId best;
    for (std::size_t step = 1; step <= endpoints_.size(); ++step) {
        const EndpointId id((current_.value + step - 1) % endpoints_.size() + 1);
        if (!usable(id)) continue;
        if (good(id, now)) return current_ = id;
        if (!best || at(id).suspect_until < at(best).suspect_until) best = id;
    }
    if (!best) return std::nullopt;
    return current_ = best;
}

bool Endpoints::any_usable() const {
    return std::ranges::any_of(endpoints_, [](const Endpoint& endpoint) {
        return endpoint.general && endpoint.connected && !endpoint.foreign;
    });
}

bool Endpoints::all_foreign() const {
    return std::ranges::all_of(
        endpoints_, [](const Endpoint& endpoint) { return !endpoint.general || endpoint.foreign; });
}

std::string Endpoints::reasons() const {
    std::string text;
    for (const Endpoint& endpoint : endpoints_) {
        if (!endpoint.general) continue;
        if (!text.empty()) text += ", ";
        text += endpoint.url + " (" +
                (endpoint.connected && !endpoint.foreign ? "no answer" : endpoint.reason) + ")";
    }
    return text;
}

}  // namespace kvbus::client
