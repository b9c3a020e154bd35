// The endpoints a session knows, and which of them is asked next: the leader where it is known and reachable,
// otherwise the one that was asked last as long as it answers, otherwise another. Owned by one thread; no
// I/O, no clock.
//
// Always true: an endpoint keeps its id for good; target() is connected, of our cluster, and meant for any
// call.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/types.h>

#include "base/time.h"
#include "client/endpoint_id.h"

namespace kvbus::client {

class Endpoints {
  public:
    Endpoints(const std::vector<std::string>& given, bool stay_on_given);

    // Finds or adds an endpoint that only calls to exactly it use. None when there are too many.
    [[nodiscard]] std::optional<EndpointId> pin(const std::string& url);

    // Ids run from 1 to count().
    [[nodiscard]] std::size_t count() const { return endpoints_.size(); }
    [[nodiscard]] const std::string& url(EndpointId id) const { return at(id).url; }
    // Whether to keep a connection to it.
    [[nodiscard]] bool wanted(EndpointId id) const { return at(id).general || at(id).pinned; }
    [[nodiscard]] bool is_connected(EndpointId id) const { return at(id).connected; }

    void connected(EndpointId id);
    void disconnected(EndpointId id, std::string_view reason);  // or not connected in the first place
    void suspect(EndpointId id, Instant until);                 // it did not answer, or could not serve

    // What an answer's header tells. False when it comes from another cluster than the first answer did: then
    // the endpoint is not used any more.
    [[nodiscard]] bool learn(EndpointId from, const Header& header);
    // False when it does not tell where every member is: a node knows that of another only after hearing from
    // it.
    [[nodiscard]] bool learn(std::span<const Member> members);

    // The endpoint to ask. Sticks to its choice while that is good.
    [[nodiscard]] std::optional<EndpointId> target(Instant now);

    [[nodiscard]] bool any_usable() const;
    [[nodiscard]] bool all_foreign() const;
    // A leader is known, but not where it is.
    [[nodiscard]] bool leader_unplaced() const { return leader_ && !leader_endpoint_; }
    [[nodiscard]] const std::string& reason(EndpointId id) const {
        return at(id).reason;
    }  // when not connected
    // Each endpoint for general use and why it cannot be used, for a message.
    [[nodiscard]] std::string reasons() const;

  private:
    struct Endpoint {
        std::string url;
        bool given = false;
        bool general = false;  // calls may choose it
        bool pinned = false;   // calls asked for it by name
        bool connected = false;
        bool foreign = false;  // of another cluster
        NodeId node;           // that answers there, once known
        Instant suspect_until{};
        std::string reason = "no connection yet";
    };

    [[nodiscard]] const Endpoint& at(EndpointId id) const { return endpoints_[id.value - 1]; }
    [[nodiscard]] Endpoint& at(EndpointId id) { return endpoints_[id.value - 1]; }
    [[nodiscard]] EndpointId add(const std::string& url);
    [[nodiscard]] EndpointId find(std::string_view url) const;  // none when unknown
    [[nodiscard]] bool usable(EndpointId id) const;
    [[nodiscard]] bool good(EndpointId id, Instant now) const;
    void place_leader();

    bool stay_on_given_;
    std::vector<Endpoint> endpoints_;
    EndpointId current_;
    ClusterId cluster_;
    std::uint64_t term_ = 0;
    NodeId leader_;
    EndpointId leader_endpoint_;
};

}  // namespace kvbus::client
