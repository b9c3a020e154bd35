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

Result<void> PeerWatch::add(Context& context, NodeId peer, Socket& link, std::string url,
                            std::optional<SocketAddress> address, Instant now) {
    auto monitor = Monitor::open(context, link, fmt::format("peer-{}", peer.value));
    if (!monitor) return monitor.error();
    peers_.push_back(std::unique_ptr<Peer>(new Peer{.id = peer,
                                                    .link = link,
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
    for (const auto& peer : peers_) {
        fds.push_back({peer->monitor.fd(), POLLIN, 0});
        fds.push_back({peer->probe.fd(), POLLOUT, 0});  // poll() passes over a negative descriptor
    }
}

Instant PeerWatch::deadline_of(const Peer& peer) {
    switch (peer.state) {
        case State::up:
            return never;
        case State::down:
            return peer.next_renewal;
        case State::suspect:
            return std::min(peer.next_probe, peer.next_renewal);
    }
    return never;
}

Instant PeerWatch::deadline() const {
    Instant first = never;
    for (const auto& peer : peers_)
        first = std::min(first, deadline_of(*peer));
    return first;
}

void PeerWatch::turn(Instant now, std::span<const pollfd> polled, Handler& handler) {
    KV_CHECK(polled.size() == 2 * peers_.size());
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        Peer& peer = *peers_[i];
        if (polled[2 * i].revents != 0) read_events(peer, now);
        if (peer.state == State::suspect) probe(peer, now, handler);
        if (peer.state != State::up && now >= peer.next_renewal) renew_link(peer, now);
    }
}

void PeerWatch::read_events(Peer& peer, Instant now) {
    while (const auto event = peer.monitor.next()) {
        if (*event == ConnectionEvent::established) {
            peer.state = State::up;
            peer.probe.cancel();
        } else if (*event == ConnectionEvent::ended && peer.state == State::up) {
            peer.state = peer.address ? State::suspect : State::down;
            peer.suspect_since = now;
            peer.next_probe = now;
            peer.next_renewal = now + renewal_interval;
        }
    }
    // A link that nothing is sent on would keep the remains of its old connections.
    static_cast<void>(peer.link.readable());
}

void PeerWatch::probe(Peer& peer, Instant now, Handler& handler) {
    using Outcome = ConnectProbe::Outcome;
    const bool due = now >= peer.next_probe;
    Outcome outcome = Outcome::pending;
    if (peer.probe.pending()) {
        outcome = peer.probe.check();
        if (outcome == Outcome::pending && due) {
            peer.probe.cancel();
            outcome = Outcome::failed;
        }
    } else if (due) {
        peer.next_probe = now + probe_timeout;
        outcome = peer.probe.start(*peer.address);
    }

    switch (outcome) {
        case Outcome::pending:
            break;
        case Outcome::refused:
            peer.state = State::down;
            handler.peer_lost(now, peer.id);
            break;
        case Outcome::accepted:
        case Outcome::failed:
            peer.next_probe = now + interval_after(now - peer.suspect_since);
            break;
    }
}

void PeerWatch::renew_link(Peer& peer, Instant now) {
    peer.link.disconnect(peer.url);
    if (const auto connected = peer.link.connect(peer.url); !connected) log_warn(connected.error().message);
    peer.next_renewal = now + renewal_interval;
}

std::size_t PeerWatch::connected() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers_, [](const auto& peer) { return peer->state == State::up; }));
}

}  // namespace kvbus::bus
