// The nodes of a simulation, its clients, and the network between them: what is sent arrives here, and what
// is to happen to them is asked for here. All that moves goes into the trace. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/memory_disk.h"
#include "sim/agenda.h"
#include "sim/client.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/plan.h"
#include "sim/replica.h"
#include "sim/step_checker.h"
#include "sim/watcher.h"

namespace kvbus::sim {

class Cluster {
  public:
    explicit Cluster(const Plan& plan);
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    void start();  // all nodes, and the clients that make the load
    void run_until(Instant end);

    // Told of each part of a snapshot that goes from its holder to who needs it.
    using Onlooker = std::function<void(NodeId holder, NodeId receiver)>;
    void watch_transfers(Onlooker onlooker) { onlooker_ = std::move(onlooker); }

    // Ends a node's process, which is started again after `down`, unless all is mended by then.
    void crash(NodeId node, Duration down);
    // No more faults of the network, no more load, and no process starts by itself.
    void mend();
    [[nodiscard]] bool is_mended() const { return mended_; }

    // What a note in the trace is about.
    enum class Noted : std::uint64_t { sent, replied, died, fault };
    void note(Noted what, std::uint64_t who, std::string_view bytes = {});

    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] Agenda& agenda() { return agenda_; }
    [[nodiscard]] const Agenda& agenda() const { return agenda_; }
    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    [[nodiscard]] const StepChecker& checker() const { return checker_; }
    [[nodiscard]] Replica& replica(NodeId node) { return *replicas_[node.value - 1]; }
    [[nodiscard]] std::span<const std::unique_ptr<Replica>> replicas() const { return replicas_; }
    // The last one makes no load: it asks for the proof of liveness.
    [[nodiscard]] std::span<const std::unique_ptr<SimulatedClient>> clients() const { return clients_; }

    [[nodiscard]] std::span<const std::unique_ptr<SimulatedWatcher>> watchers() const { return watchers_; }

    [[nodiscard]] std::uint64_t majority() const { return plan_.nodes / 2 + 1; }
    [[nodiscard]] NodeId leader() const;  // of the highest term; none while nobody leads
    [[nodiscard]] std::uint64_t crashes() const { return crashes_; }  // until all was mended
    [[nodiscard]] std::uint64_t trace() const { return trace_; }

  private:
    void add_replicas();
    void add_clients();
    void add_watchers();
    [[nodiscard]] ClientConnections& connections_of(std::uint64_t client);
    void carry(NodeId from, NodeId to, std::string frame, node::Lane lane);
    void reply(NodeId from, std::string_view address, std::string frame);
    void add_garbage(NodeId to, std::string_view frame);

    Plan plan_;
    Random garbage_;
    Agenda agenda_;
    Network network_;
    std::vector<scenario::MemoryDisk> images_;
    StepChecker checker_;
    Ledger ledger_;
    std::vector<std::unique_ptr<Replica>> replicas_;
    std::vector<std::unique_ptr<SimulatedClient>> clients_;
    std::vector<std::unique_ptr<SimulatedWatcher>> watchers_;
    Onlooker onlooker_;
    std::uint64_t crashes_ = 0;
    std::uint64_t trace_ = 0;
    bool mended_ = false;
};

}  // namespace kvbus::sim
