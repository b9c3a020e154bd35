// The network between the nodes of a simulation: decides, message by message, whether, when and how often it
// arrives. One thread; all randomness is its own stream.
#pragma once

#include <cstdint>
#include <vector>

#include <kvbus/types.h>

#include "base/random.h"
#include "base/time.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Network {
  public:
    explicit Network(const Plan& plan);

    // When a message that is sent now arrives; several times or never. Valid until the next call.
    [[nodiscard]] const std::vector<Instant>& send(Instant now, NodeId from, NodeId to);
    // The same of a client's connection, which loses and repeats nothing.
    [[nodiscard]] Duration client_delay();

    void cut(NodeId from, NodeId to, Instant until);   // what is sent is lost
    void clog(NodeId from, NodeId to, Instant until);  // what is sent waits
    void heal();                                       // for good: nothing is lost or late any more

  private:
    struct Link {
        Instant cut_until{};
        Instant clogged_until{};
        Instant last_arrival{};
    };
    [[nodiscard]] Link& link(NodeId from, NodeId to) {
        return links_[(from.value - 1) * nodes_ + to.value - 1];
    }
    [[nodiscard]] Duration delay();

    std::uint64_t nodes_;
    Random random_;
    double loss_, duplicates_, replays_;
    double mean_us_;
    bool reorder_;
    std::vector<Link> links_;
    std::vector<Instant> arrivals_;
};

}  // namespace kvbus::sim
