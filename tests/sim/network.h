// The network between the nodes of a simulation: decides, message by message, whether, when and how often it
// arrives. One thread; all randomness is its own stream.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <kvbus/types.h>

#include "base/random.h"
#include "base/time.h"
#include "node/ports.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Network {
  public:
    explicit Network(const Plan& plan);

    // When a message that is sent now arrives; several times or never. Valid until the next call. The bulk
    // lane takes longer, and holds nothing else up.
    [[nodiscard]] const std::vector<Instant>& send(Instant now, NodeId from, NodeId to,
                                                   node::Lane lane = node::Lane::control);
    // The same of a client's connection, which loses and repeats nothing.
    [[nodiscard]] Duration client_delay();

    [[nodiscard]] bool is_cut(Instant now, NodeId from, NodeId to) { return now < link(from, to).cut_until; }
    void cut(NodeId from, NodeId to, Instant until);   // what is sent is lost
    void clog(NodeId from, NodeId to, Instant until);  // what is sent waits
    void heal();                                       // for good: nothing is lost or late any more

  private:
    struct Link {
        Instant cut_until{};
        Instant clogged_until{};
        std::array<Instant, 2> last_arrival{};  // by lane
    };
    [[nodiscard]] Link& link(NodeId from, NodeId to) {
        return links_[(from.value - 1) * nodes_ + to.value - 1];
    }
    [[nodiscard]] Duration delay() { return delay(mean_us_); }
    [[nodiscard]] Duration delay(std::uint64_t mean_us);
    [[nodiscard]] bool happens(std::uint64_t millionths) { return random_.below(1'000'000) < millionths; }

    std::uint64_t nodes_;
    Random random_;
    std::uint64_t loss_, duplicates_, replays_;  // chances in millionths
    std::uint64_t mean_us_;
    std::uint64_t bulk_us_;  // the mean of what comes on top of it
    bool reorder_;
    std::vector<Link> links_;
    std::vector<Instant> arrivals_;
};

}  // namespace kvbus::sim
