#include "sim/network.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr Duration replay_max = std::chrono::seconds{3};

}  // namespace

Network::Network(const Plan& plan)
    : nodes_(plan.nodes),
      random_(stream(plan.seed, 1)),
      loss_(static_cast<double>(plan.loss) / 1e6),
      duplicates_(static_cast<double>(plan.duplicates) / 1e6),
      replays_(static_cast<double>(plan.replays) / 1e6),
      mean_us_(static_cast<double>(plan.delay_us)),
      reorder_(plan.reorder != 0),
      links_(plan.nodes * plan.nodes) {}

Duration Network::delay() {
    const double uniform = (static_cast<double>(random_.below(1'000'000)) + 1) / 1e6;
    return microseconds{static_cast<std::int64_t>(mean_us_ * (0.2 - std::log(uniform)))};
}

const std::vector<Instant>& Network::send(Instant now, NodeId from, NodeId to) {
    arrivals_.clear();
    Link& link = this->link(from, to);
    if (now < link.cut_until || random_.chance(loss_)) return arrivals_;
    Instant arrival = std::max(now, link.clogged_until) + delay();
    if (!reorder_) arrival = std::max(arrival, link.last_arrival);
    link.last_arrival = arrival;
    arrivals_.push_back(arrival);
    if (random_.chance(duplicates_)) arrivals_.push_back(arrival + delay());
    if (random_.chance(replays_)) {
        const auto late = static_cast<std::uint64_t>(replay_max.count());
        arrivals_.push_back(arrival + Duration{static_cast<std::int64_t>(random_.below(late))});
    }
    return arrivals_;
}

Duration Network::client_delay() {
    return delay();
}

void Network::cut(NodeId from, NodeId to, Instant until) {
    Instant& cut_until = link(from, to).cut_until;
    cut_until = std::max(cut_until, until);
}

void Network::clog(NodeId from, NodeId to, Instant until) {
    Instant& clogged_until = link(from, to).clogged_until;
    clogged_until = std::max(clogged_until, until);
}

void Network::heal() {
    loss_ = duplicates_ = replays_ = 0;
    mean_us_ = std::min(mean_us_, 1000.0);
    for (Link& link : links_)
        link = {};  // what is stuck in a clog arrives when it would have, behind what is sent now
}

}  // namespace kvbus::sim
