// A watcher of a simulation: asks one node after another, at random, for what comes after what it was told
// last, and begins another watch when one is over. What it is told is checked at once (watch_check.h). One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "client/watch_place.h"
#include "sim/agenda.h"
#include "sim/client_connections.h"
#include "sim/committed.h"
#include "sim/plan.h"

namespace kvbus::sim {

class SimulatedWatcher {
  public:
    // `number`: among all clients.
    SimulatedWatcher(std::uint64_t number, const Plan& plan, Agenda& agenda, Network& network,
                     std::vector<Replica*> replicas, const Committed& committed);

    void start();
    void hurry() { hurries_ = true; }  // goes on with the watch that it has, in large steps
    void stop() { stopped_ = true; }   // no further request
    // Has been told all that there is.
    [[nodiscard]] bool is_caught_up() const;
    [[nodiscard]] std::uint64_t told() const { return told_; }  // events
    [[nodiscard]] ClientConnections& connections() { return connections_; }

  private:
    void begin_watch();
    void begin_watch(Revision from);
    void ask();
    void ask_later();
    void received(std::string_view frame);
    void answered(const wire::Reply& reply);
    void answered(const Error& error);

    const Plan& plan_;
    Agenda& agenda_;
    const Committed& committed_;
    Random random_;
    ClientConnections connections_;

    struct Watch {
        client::WatchPlace place;
        std::uint64_t bytes_max = 0;
    };
    std::string key_, range_end_;
    std::optional<Watch> watch_;
    wire::WatchRequest request_;   // of the latest try
    Revision committed_at_begin_;  // of that try
    std::uint64_t id_ = 0;         // of that try; answers to others are late
    std::uint64_t told_ = 0;
    bool hurries_ = false;
    bool stopped_ = false;
};

}  // namespace kvbus::sim
