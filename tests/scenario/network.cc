#include "scenario/network.h"

#include <algorithm>
#include <utility>

#include "raft/trace.h"

namespace kvbus::scenario {

bool Link::covers(NodeId sender, const raft::Envelope& envelope) const {
    return (!from || from == sender) && (!to || to == envelope.to) &&
           (kind.empty() || kind == raft::kind_of(envelope.message));
}

bool Network::is_cut(NodeId from, const raft::Envelope& envelope) const {
    return std::ranges::any_of(cuts_, [&](const Link& link) { return link.covers(from, envelope); });
}

bool Network::is_held(NodeId from, const raft::Envelope& envelope) const {
    return std::ranges::any_of(holds_, [&](const Link& link) { return link.covers(from, envelope); });
}

void Network::launch(Instant now, NodeId from, const raft::Envelope& envelope) {
    if (is_held(from, envelope)) {
        flights_.push_back({from, envelope, never, true});
        return;
    }
    const auto spread = static_cast<std::uint64_t>((faults.delay_max - faults.delay_min).count());
    const Duration delay = faults.delay_min + Duration{spread == 0 ? 0 : random_.below(spread)};
    flights_.push_back({from, envelope, now + delay, false});
}

bool Network::send(Instant now, NodeId from, const raft::Envelope& envelope) {
    if (is_cut(from, envelope) || random_.chance(faults.loss)) return false;
    launch(now, from, envelope);
    if (random_.chance(faults.duplicate)) launch(now, from, envelope);
    return true;
}

void Network::cut(const Link& link) {
    cuts_.push_back(link);
    std::erase_if(flights_, [&](const Flight& f) { return !f.held && link.covers(f.from, f.envelope); });
}

void Network::heal() {
    cuts_.clear();
}

void Network::hold(const Link& link) {
    holds_.push_back(link);
    for (Flight& flight : flights_) {
        if (!link.covers(flight.from, flight.envelope)) continue;
        flight.held = true;
        flight.due = never;
    }
}

void Network::release(Instant now, const Link& link) {
    std::erase(holds_, link);
    for (Flight& flight : flights_) {
        if (!flight.held || is_held(flight.from, flight.envelope)) continue;
        flight.held = false;
        flight.due = now;
    }
}

void Network::release_all(Instant now) {
    holds_.clear();
    release(now, {});
}

Instant Network::next_due() const {
    const auto next = std::ranges::min_element(flights_, {}, &Flight::due);
    return next == flights_.end() ? never : next->due;
}

Flight Network::take_next() {
    const auto next = std::ranges::min_element(flights_, {}, &Flight::due);
    Flight flight = std::move(*next);
    flights_.erase(next);
    return flight;
}

std::optional<Flight> Network::copy(const Link& link) const {
    const auto covered = [&](const Flight& flight) { return link.covers(flight.from, flight.envelope); };
    const auto found = std::ranges::find_if(flights_, covered);
    return found == flights_.end() ? std::nullopt : std::optional{*found};
}

std::optional<Flight> Network::take(const Link& link, Pick pick) {
    const auto covered = [&](const Flight& flight) { return link.covers(flight.from, flight.envelope); };
    auto found = std::ranges::find_if(flights_, covered);
    if (found == flights_.end()) return std::nullopt;
    if (pick == Pick::newest) found = std::find_if(flights_.rbegin(), flights_.rend(), covered).base() - 1;
    Flight flight = std::move(*found);
    flights_.erase(found);
    return flight;
}

}  // namespace kvbus::scenario
