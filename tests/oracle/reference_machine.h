// What the state machine is held against: the same commands, answered by a model that keeps every version of
// every key for ever in a std::map and looks at all of them for each answer. Written from src/machine's
// headers and etcd's behaviour alone, and shares no code with the real machine; slow, and meant to be read.
//
// Not modelled: memory. There is no bound on the bytes of outcomes kept, on answers or on history; where the
// real machine compacts by itself, compact_to() follows it. Nothing is ever forgotten, though: what was
// compacted, and what a retry would get, can still be asked for.
//
// One thread. Always true: the history holds nothing beyond revision(); a key with a deadline is live and has
// no lease; the lease of a live key exists.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "machine/command.h"
#include "machine/machine.h"

namespace kvbus::oracle {

struct RangeOutcome {
    Code code = Code::ok;         // ok, compacted, future_revision
    machine::RangeAnswer answer;  // empty with any code but ok
    friend bool operator==(const RangeOutcome&, const RangeOutcome&) = default;
};

// As machine::Event; what owns its bytes.
struct Change {
    bool is_put = true;
    KeyValue record;  // of a removal: key and mod_revision only
    std::optional<KeyValue> previous;
    friend bool operator==(const Change&, const Change&) = default;
};

// As machine::LeaseStatus.
struct LeaseReport {
    LeaseId lease;
    std::chrono::milliseconds granted{};
    std::chrono::milliseconds left{};
    std::vector<std::string> keys;
    friend bool operator==(const LeaseReport&, const LeaseReport&) = default;
};

// What reached its end with the passage of time.
struct Expired {
    std::vector<LeaseId> leases;
    std::vector<std::string> keys;  // with a time to live of their own
};

class ReferenceMachine {
  public:
    explicit ReferenceMachine(const machine::Limits& limits = {}) : limits_(limits) {}

    Expired advance(machine::ClusterTime time);
    machine::Outcome apply(const machine::Command& command);

    // Follows a compaction that the real machine made by itself.
    void compact_to(Revision revision);

    [[nodiscard]] RangeOutcome range(const machine::RangeQuery& query) const;
    // As if nothing had been compacted; of the revision that is asked for, or the last one.
    [[nodiscard]] machine::RangeAnswer range_ever(const machine::RangeQuery& query) const;
    [[nodiscard]] std::optional<KeyValue> first_of_line(std::string_view name) const;
    [[nodiscard]] std::vector<Change> events(Revision first) const;
    // Of one revision, compacted or not; none where nothing changed.
    [[nodiscard]] const std::vector<Change>& changes_at(Revision revision) const;
    [[nodiscard]] std::optional<LeaseReport> lease(LeaseId lease) const;
    [[nodiscard]] std::vector<LeaseId> leases() const;
    // Of a key with a time to live of its own.
    [[nodiscard]] std::optional<machine::ClusterTime> deadline_of(const std::string& key) const;

    [[nodiscard]] Revision revision() const { return revision_; }
    [[nodiscard]] Revision compacted() const { return compacted_; }
    [[nodiscard]] machine::ClusterTime time() const { return time_; }
    [[nodiscard]] machine::ClusterTime next_expiry() const;
    [[nodiscard]] std::uint64_t key_count() const;
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t session_count() const { return sessions_.size(); }
    [[nodiscard]] std::uint64_t lease_count() const { return leases_.size(); }

  private:
    struct Lease {
        std::chrono::milliseconds granted;
        machine::ClusterTime deadline;
    };
    struct Session {
        machine::ClusterTime last_use;
        Sequence first;
        std::map<Sequence, machine::Outcome> outcomes;
    };
    // Which branch each transaction on the way takes.
    using Path = std::map<const machine::Txn*, bool>;

    // --- looking at keys ---
    [[nodiscard]] std::optional<KeyValue> at(std::string_view key, Revision revision) const;
    [[nodiscard]] std::optional<KeyValue> now(std::string_view key) const;
    [[nodiscard]] std::vector<KeyValue> records(std::string_view key, std::string_view range_end,
                                                Revision revision) const;
    [[nodiscard]] std::vector<KeyValue> records_now(std::string_view key, std::string_view range_end) const;
    [[nodiscard]] std::vector<std::string> keys_of(LeaseId lease) const;
    [[nodiscard]] Code readable(Revision revision) const;

    // --- what stands against an operation, by the state before any change ---
    [[nodiscard]] Code check(const machine::Put& put, const Path& path) const;
    [[nodiscard]] Code check(const machine::Delete& remove, const Path& path) const;
    [[nodiscard]] Code check(const machine::Append& append, const Path& path) const;
    [[nodiscard]] Code check(const machine::Increment& increment, const Path& path) const;
    [[nodiscard]] Code check(const machine::RangeQuery& query, const Path& path) const;
    [[nodiscard]] Code check(const machine::Txn& txn, const Path& path) const;
    [[nodiscard]] bool holds(const machine::Compare& compare) const;
    void decide(const machine::Txn& txn, Path& path) const;

    // --- doing it ---
    machine::Answer perform(const machine::Put& put, const Path& path);
    machine::Answer perform(const machine::Delete& remove, const Path& path);
    machine::Answer perform(const machine::Append& append, const Path& path);
    machine::Answer perform(const machine::Increment& increment, const Path& path);
    machine::Answer perform(const machine::RangeQuery& query, const Path& path);
    machine::Answer perform(const machine::Txn& txn, const Path& path);
    void store(std::string_view key, std::string value, LeaseId lease);
    void remove_key(const std::string& key);
    void record(const std::string& key, const std::optional<KeyValue>& version);
    void finish_revision();

    machine::Outcome evaluate(const machine::Command& command);
    template <class Operation>
    machine::Outcome write(const Operation& operation);
    machine::Outcome write(const machine::LeaseGrant& grant);
    machine::Outcome write(const machine::LeaseRevoke& revoke);
    machine::Outcome write(const machine::LeaseKeepAlive& keep_alive);
    machine::Outcome write(const machine::Compact& compact);
    machine::Outcome write(const machine::Campaign& campaign);
    [[nodiscard]] machine::Outcome refusal(Code code) const { return {code, revision_, 0, nullptr}; }

    void forget_idle_sessions();
    // How many keys may still be removed in this advance(), none when nothing else may.
    [[nodiscard]] std::uint64_t end_leases(std::uint64_t removals_max, Expired& expired);
    void end_keys(std::uint64_t removals_max, Expired& expired);

    machine::Limits limits_;
    machine::ClusterTime time_{};
    Revision revision_{1};
    Revision compacted_{};

    // By key and revision; none: it was removed then.
    std::map<std::string, std::map<Revision, std::optional<KeyValue>>, std::less<>> history_;
    std::map<Revision, std::vector<Change>> events_;
    std::map<std::string, machine::ClusterTime> deadlines_;  // of keys
    std::map<LeaseId, Lease> leases_;
    std::map<ClientId, Session> sessions_;
};

}  // namespace kvbus::oracle
