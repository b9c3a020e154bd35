// What the clients of a simulation asked for and were told, and what must be true of it in the end: every
// acknowledged write is in the committed log and came to what was told, in all that its answer says; one that
// was refused for what the map was is there too, and any other is not; none is there twice; every read saw
// the whole of what there was at the revision that its answer names; nothing, but for serializable reads, is
// behind what anybody was told before it began; no lease and no key ended before its time; and whoever was
// told to hold a lock did. Findings are thrown as Violations. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/time.h"
#include "client/stored_operation.h"
#include "linearizability/operation.h"
#include "linearizability/search.h"
#include "machine/machine.h"
#include "sim/committed.h"
#include "wire/client_frames.h"

namespace kvbus::sim {

class Ledger {
  public:
    // `keys`: the number of plain ones (workload.h). Node's clocks are wrong by so much at most.
    explicit Ledger(std::uint64_t keys, std::uint64_t clock_drift_ppm_max = 0);

    using Id = std::size_t;
    [[nodiscard]] Id begin(Instant now, std::uint64_t client, const client::Operation& operation);
    [[nodiscard]] const client::StoredOperation& operation(Id id) const { return records_[id].operation; }
    // The write went out under a number: by it the committed log tells it from others of the same text.
    void numbered(Id id, const machine::Command& command);
    void end(Id id, Instant now, const wire::Reply& reply);
    void lost(Id id, Instant now);  // no answer came, and none will

    void check(const Committed& committed) const;
    // And that there is an order of all operations on plain keys in which each took effect between its call
    // and its answer.
    void check_linearizability(const linearizability::Limits& limits = {}) const;

    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::uint64_t operations() const { return records_.size(); }
    // One operation for each plain key that a call is about.
    [[nodiscard]] std::vector<linearizability::Operation> history() const;

  private:
    struct Record {
        std::uint64_t client = 0;
        client::StoredOperation operation;
        Instant begin;
        Instant end = never;
        linearizability::Outcome outcome = linearizability::Outcome::unknown;
        ClientId session;   // none: a write without one, or one that was never sent
        Sequence sequence;  // in that session
        Header header;      // of the answer
        decltype(wire::Reply::body) answer;

        [[nodiscard]] bool is_write() const { return operation.is_write(); }
        [[nodiscard]] bool is_answered() const { return outcome == linearizability::Outcome::ok; }
        [[nodiscard]] Code code() const;
        [[nodiscard]] Revision revision() const;  // that an answer tells of
        [[nodiscard]] bool is_serializable() const;
        [[nodiscard]] std::string describe() const;
    };
    using ByNumber = std::map<std::pair<ClientId, Sequence>, const Record*>;
    [[nodiscard]] ByNumber by_number() const;

    // ledger_writes.cc
    void check_header(const Committed& committed, const Record& record) const;
    void check_numbered(const Committed& committed, const Record& record) const;
    void check_unnumbered(const Committed& committed, const ByNumber& numbers) const;

    // ledger_reads.cc
    void check_read(const Committed& committed, const Record& record) const;
    void check_range(const Committed& committed, const Record& record,
                     const wire::RangeRequest& request) const;
    void check_lease(const Committed& committed, const Record& record, LeaseId lease) const;
    void check_leases(const Committed& committed, const Record& record) const;

    // ledger_locks.cc
    void check_lines(const Committed& committed) const;

    // ledger_time.cc
    void check_order_in_time(const Committed& committed) const;
    void check_expiries(const Committed& committed, const ByNumber& numbers) const;

    void add_to(std::vector<linearizability::Operation>& history, const Record& record) const;
    [[nodiscard]] std::vector<std::string> keys_in(std::string_view key, std::string_view range_end) const;

    std::vector<std::string> keys_;
    std::uint64_t clock_drift_ppm_max_;
    std::vector<Record> records_;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace kvbus::sim
