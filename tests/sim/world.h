// One simulation: the nodes, the clients, the network between them and the faults of a plan, from the first
// event to the last check. The same plan gives the same run: Figures::trace. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/agenda.h"
#include "sim/client.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/plan.h"
#include "sim/replica.h"
#include "sim/step_checker.h"

namespace kvbus::sim {

// How much a run did: one in which nothing happens proves nothing.
struct Figures {
    std::uint64_t events = 0;
    Duration simulated{};
    std::uint64_t crashes = 0;  // before the proof of liveness
    std::uint64_t elections = 0;
    std::uint64_t acknowledged = 0;  // operations
    std::uint64_t checked = 0;       // operations, those included whose outcome is not known
    std::uint64_t trace = 0;         // of all that happened, in order
};

class World {
  public:
    explicit World(const Plan& plan);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // From the start to the last check. Throws Violation.
    void run();

    [[nodiscard]] Figures figures() const;

  private:
    void note(std::uint64_t what, std::uint64_t who, std::string_view bytes = {});
    void carry(NodeId from, NodeId to, std::string frame);
    void add_garbage(NodeId to, std::string_view frame);
    void reply(NodeId from, std::string_view address, std::string frame);
    void crash(NodeId node, Duration down);

    // faults
    void inflict(const Fault& fault);
    [[nodiscard]] NodeId any_node(Random& dice) const;
    [[nodiscard]] NodeId likely_victim(Random& dice);
    [[nodiscard]] NodeId leader() const;
    void isolate(Random& dice, Instant until);
    void split(Random& dice, Instant until, bool bridge);
    void flip_bit(Random& dice);

    // the end
    void prove_liveness();
    void run_until(Instant end);
    [[nodiscard]] std::uint64_t progress() const;
    template <class Condition>
    void wait_for(std::string_view what, Duration patience, Condition condition);
    [[nodiscard]] std::string account() const;  // of all nodes, in lines
    void check_agreement();
    void check_history() const;

    [[nodiscard]] Replica& replica(NodeId node) { return *replicas_[node.value - 1]; }

    Plan plan_;
    Random garbage_;
    Agenda agenda_;
    Network network_;
    std::vector<scenario::MemoryDisk> images_;
    StepChecker checker_;
    Ledger ledger_;
    std::vector<std::unique_ptr<Replica>> replicas_;
    std::vector<std::unique_ptr<SimulatedClient>> clients_;
    std::uint64_t crashes_ = 0;
    std::uint64_t trace_ = 0;
    bool healed_ = false;
};

}  // namespace kvbus::sim
