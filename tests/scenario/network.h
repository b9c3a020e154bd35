// The network of a simulated cluster: each message arrives after a delay, unless it is told to lose, repeat
// or hold it back. Plain data, driven by Cluster; all randomness is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "raft/message.h"

namespace kvbus::scenario {

// Selects messages: none in `from` or `to` means any node, an empty kind any kind (raft::kind_of).
struct Link {
    NodeId from;
    NodeId to;
    std::string kind = {};

    [[nodiscard]] bool covers(NodeId sender, const raft::Envelope& envelope) const;
    friend bool operator==(const Link&, const Link&) = default;
};

struct Flight {
    NodeId from;
    raft::Envelope envelope;
    Instant due;  // of arrival; never while held
    bool held = false;
};

enum class Pick : std::uint8_t { oldest, newest };

struct NetworkFaults {
    double loss = 0;
    double duplicate = 0;
    Duration delay_min = std::chrono::milliseconds{1};
    Duration delay_max = std::chrono::milliseconds{1};
};

class Network {
  public:
    explicit Network(std::uint64_t seed) : random_(seed) {}

    NetworkFaults faults;

    // False: it is lost.
    bool send(Instant now, NodeId from, const raft::Envelope& envelope);

    void cut(
        const Link& link);  // loses what is under way on it and not held, and all that is sent from now on
    void heal();            // of all cuts
    void hold(const Link& link);
    void release(Instant now, const Link& link);  // what was held by it arrives now
    void release_all(Instant now);

    [[nodiscard]] Instant next_due() const;  // never, if nothing is under way
    [[nodiscard]] Flight take_next();        // the next that is due; the first sent of several
    [[nodiscard]] std::optional<Flight> take(const Link& link, Pick pick = Pick::oldest);  // held or not
    [[nodiscard]] std::optional<Flight> copy(const Link& link) const;
    [[nodiscard]] const std::vector<Flight>& flights() const { return flights_; }  // in the order of sending

  private:
    void launch(Instant now, NodeId from, const raft::Envelope& envelope);
    [[nodiscard]] bool is_cut(NodeId from, const raft::Envelope& envelope) const;
    [[nodiscard]] bool is_held(NodeId from, const raft::Envelope& envelope) const;

    Random random_;
    std::vector<Flight> flights_;
    std::vector<Link> cuts_;
    std::vector<Link> holds_;
};

}  // namespace kvbus::scenario
