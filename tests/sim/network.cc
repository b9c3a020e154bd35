#include "sim/network.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr Duration replay_max = std::chrono::seconds{3};

// Delays of an exponential distribution, in thousandths of their mean: the middles of a thousand slices of
// equal probability. Made by the compiler, since a libm may differ from machine to machine, and traces must
// not.
constexpr std::uint64_t slices = 1000;

// By the series of log((1 + z) / (1 - z)) = 2 (z + z^3 / 3 + z^5 / 5 + ...).
constexpr double natural_log(double x) {
    double twos = 0;
    for (; x < 0.7; x *= 2)
        ++twos;
    const double z = (x - 1) / (x + 1);
    double sum = 0, power = z;
    for (int n = 1; n < 40; n += 2, power *= z * z)
        sum += power / n;
    return 2 * sum - twos * 0.693147180559945309;
}

constexpr auto exponential = [] {
    std::array<std::uint32_t, slices> delays{};
    for (std::uint64_t slice = 0; slice < slices; ++slice) {
        const double middle = (static_cast<double>(slice) + 0.5) / slices;
        delays[slice] = static_cast<std::uint32_t>(-1000 * natural_log(middle) + 0.5);
    }
    return delays;
}();
static_assert(exponential[slices / 2] == 692 && exponential.back() == 1, "the median is log 2");

}  // namespace

Network::Network(const Plan& plan)
    : nodes_(plan.nodes),
      random_(stream(plan.seed, Use::network)),
      loss_(plan.loss),
      duplicates_(plan.duplicates),
      replays_(plan.replays),
      mean_us_(plan.delay_us),
      bulk_us_(plan.bulk_us),
      reorder_(plan.reorder != 0),
      links_(plan.nodes * plan.nodes) {}

Duration Network::delay(std::uint64_t mean_us) {
    constexpr std::uint64_t shortest = 200;  // thousandths of the mean
    return std::chrono::nanoseconds{mean_us * (shortest + exponential[random_.below(slices)])};
}

const std::vector<Instant>& Network::send(Instant now, NodeId from, NodeId to, node::Lane lane) {
    arrivals_.clear();
    Link& link = this->link(from, to);
    if (now < link.cut_until || happens(loss_)) return arrivals_;
    Instant arrival = std::max(now, link.clogged_until) + delay();
    if (lane == node::Lane::bulk && bulk_us_ > 0) arrival += delay(bulk_us_);
    Instant& last_arrival = link.last_arrival[static_cast<std::size_t>(lane)];
    if (!reorder_) arrival = std::max(arrival, last_arrival);
    last_arrival = arrival;
    arrivals_.push_back(arrival);
    if (happens(duplicates_)) arrivals_.push_back(arrival + delay());
    if (happens(replays_)) {
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
    mean_us_ = std::min<std::uint64_t>(mean_us_, 1000);
    bulk_us_ = std::min<std::uint64_t>(bulk_us_, 1000);
    for (Link& link : links_)
        link = {};  // what is stuck in a clog arrives when it would have, behind what is sent now
}

}  // namespace kvbus::sim
