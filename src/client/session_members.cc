// How a session learns where the members of its cluster are: it asks in the background, when it connects,
// again while somebody's place is unknown, and now and then.
#include <algorithm>

#include "client/session.h"

namespace kvbus::client {
namespace {

constexpr Duration refresh_interval_max = std::chrono::minutes{1};

}  // namespace

bool Session::may_refresh() const {
    return !options_.stay_on_endpoints && !refreshing_ && endpoints_.any_usable();
}

void Session::refresh_members(Instant now) {
    if (!may_refresh() || now < refresh_at_) return;
    refreshing_ = true;
    refreshed_at_ = now;
    refresh_at_ = now + options_.try_timeout;  // if it fails
    start(now, {}, wire::MembersRequest{}, now + options_.try_timeout, {}, true);
}

void Session::learn_members(Instant now, const std::vector<Member>& members) {
    if (endpoints_.learn(members)) {
        refresh_interval_ = options_.try_timeout;
        refresh_at_ = now + refresh_interval_max;
    } else {
        refresh_at_ = now + refresh_interval_;
        refresh_interval_ = std::min(refresh_interval_ * 2, refresh_interval_max);
    }
    for (EndpointId id{1}; id.value <= endpoints_.count(); ++id.value) {
        if (endpoints_.is_connected(id) && !endpoints_.wanted(id))
            disconnected(id, "it is not a member any more");
    }
}

}  // namespace kvbus::client
