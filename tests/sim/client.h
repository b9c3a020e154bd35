// A client of a simulation: calls in a closed loop, through the retry logic of the client library, or raw,
// which is one try without a session and no second thought. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "client/session.h"
#include "sim/agenda.h"
#include "sim/candidate.h"
#include "sim/client_connections.h"
#include "sim/ledger.h"
#include "sim/plan.h"
#include "sim/workload.h"

namespace kvbus::sim {

enum class ClientKind : std::uint8_t { library, raw };

class SimulatedClient {
  public:
    SimulatedClient(std::uint64_t number, ClientKind kind, const Plan& plan, Agenda& agenda, Network& network,
                    std::vector<Replica*> replicas, Ledger& ledger);

    void start();
    void stop();  // no new calls
    // Who wants locks, through this client.
    void add_candidate(std::uint64_t number);
    // A write in the end, to see whether the cluster takes one.
    void write_once(std::string key, Duration timeout);
    [[nodiscard]] bool is_idle() const { return calls_.empty(); }
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] ClientConnections& connections() { return connections_; }

  private:
    struct Pending {
        Ledger::Id id = 0;
        bool numbered = false;   // a write of which the session has sent a first try
        Candidate::Then then{};  // none: after it comes another call of the workload
    };
    void think();
    void call(const client::Operation& operation, Duration timeout, Candidate::Then then = {});
    void send_raw(std::uint64_t token, const client::StoredOperation& operation, Duration timeout);
    void give_up_raw(std::uint64_t token);
    void raw_received(std::string_view frame);
    void pump();
    void see_numbers(std::string_view frame);
    void complete(std::uint64_t token, const wire::Reply& reply);
    void finished(const Pending& call, const wire::Reply& reply);

    std::uint64_t number_;
    ClientKind kind_;
    const Plan& plan_;
    Agenda& agenda_;
    Ledger& ledger_;
    Random random_;
    Workload workload_;
    std::vector<std::unique_ptr<Candidate>> candidates_;
    client::Session session_;  // unused by a raw client
    ClientConnections connections_;
    std::vector<bool> connected_;
    std::map<std::uint64_t, Pending> calls_;
    std::uint64_t tokens_ = 0;
    Revision seen_{1};        // the last one that any answer told of
    Sequence last_sequence_;  // that the session gave to a write
    std::uint64_t acknowledged_ = 0;
    Instant tick_due_ = never;
    bool stopped_ = false;
};

}  // namespace kvbus::sim
