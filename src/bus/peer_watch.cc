#include "bus/peer_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"

namespace kvbus::bus {
namespace {

using namespace std::chrono_literals;

// A process that is killed takes up to tens of milliseconds to free its memory, and its sockets outlive that:
// the first probes come quickly, and leave off once the peer must be alive after all.
constexpr Duration quick_probe_interval = 200us;
constexpr Duration quick_probes_end = 200ms;
constexpr Duration probe_interval_max = 1s;
constexpr Duration probe_timeout = 1s;
constexpr Duration renewal_interval = 5s;  // more than connecting and shaking hands may take

Duration interval_after(Duration suspected_for) {
    if (suspected_for < quick_probes_end) return quick_probe_interval;
    return std::min(suspected_for, probe_interval_max);
}

}  // namespace

Result<void> PeerWatch::add(Context& context, NodeId peer, node::Lane lane, Socket& link, std::string url,
                            std::optional<SocketAddress> address, Instant now) {
    auto monitor =
        Monitor::open(context, link, fmt::format("peer-{}-{}", peer.value, static_cast<int>(lane)));
    if (!monitor) return monitor.error();
    links_.push_back(std::unique_ptr<Link>(new Link{.peer = peer,
                                                    .lane = lane,
                                                    .socket = link,
                                                    .url = std::move(url),
                                                    .address = address,
                                                    .monitor = std::move(*monitor),
                                                    .state = State::down,
                                                    .probe = {},
                                                    .suspect_since = {},
                                                    .next_probe = {},
                                                    .next_renewal = now + renewal_interval}));
    return {};
}

void PeerWatch::poll_for(std::vector<pollfd>& fds) const {
    for (const auto& link : links_) {
        fds.push_back({link->monitor.fd(), POLLIN, 0});
        fds.push_back({link->probe.fd(), POLLOUT, 0});  // poll() passes over a negative descriptor
    }
}

Instant PeerWatch::deadline_of(const Link& link) {
    switch (link.state) {
        case State::up:
            return never;
        case State::down:
            return link.next_renewal;
        case State::suspect:
            return std::min(link.next_probe, link.next_renewal);
    }
    return never;
}

Instant PeerWatch::deadline() const {
    Instant first = never;
    for (const auto& link : links_)
        first = std::min(first, deadline_of(*link));
    return first;
}

void PeerWatch::turn(Instant now, std::span<const pollfd> polled, Handler& handler) {
    KV_CHECK(polled.size() == 2 * links_.size());
    for (std::size_t i = 0; i < links_.size(); ++i) {
        Link& link = *links_[i];
        if (polled[2 * i].revents != 0) read_events(link, now);
        if (link.state == State::suspect) probe(link, now, handler);
        if (link.state != State::up && now >= link.next_renewal) renew(link, now);
    }
}

void PeerWatch::read_events(Link& link, Instant now) {
    while (const auto event = link.monitor.next()) {
        if (*event == ConnectionEvent::established) {
            link.state = State::up;
            link.probe.cancel();
        } else if (*event == ConnectionEvent::ended && link.state == State::up) {
            link.state = link.address ? State::suspect : State::down;
            link.suspect_since = now;
            link.next_probe = now;
            link.next_renewal = now + renewal_interval;
        }
    }
    // A link that nothing is sent on would keep the remains of its old connections.
    static_cast<void>(link.socket.readable());
}

void PeerWatch::probe(Link& link, Instant now, Handler& handler) {
    using Outcome = ConnectProbe::Outcome;
    const bool due = now >= link.next_probe;
    Outcome outcome = Outcome::pending;
    if (link.probe.pending()) {
        outcome = link.probe.check();
        if (outcome == Outcome::pending && due) {
            link.probe.cancel();
            outcome = Outcome::failed;
        }
    } else if (due) {
        link.next_probe = now + probe_timeout;
        outcome = link.probe.start(*link.address);
    }

    switch (outcome) {
        case Outcome::pending:
            break;
        case Outcome::refused:
            link.state = State::down;
            handler.peer_lost(now, link.peer);
            break;
        case Outcome::accepted:
        case Outcome::failed:
            link.next_probe = now + interval_after(now - link.suspect_since);
            break;
    }
}

void PeerWatch::renew(Link& link, Instant now) {
    link.socket.disconnect(link.url);
    if (const auto connected = link.socket.connect(link.url); !connected) log_warn(connected.error().message);
    link.next_renewal = now + renewal_interval;
}

std::size_t PeerWatch::connected() const {
    return static_cast<std::size_t>(std::ranges::count_if(links_, [](const auto& link) {
        return link->lane == node::Lane::control && link->state == State::up;
    }));
}

}  // namespace kvbus::bus
