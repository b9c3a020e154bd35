// The replicated state machine: an ordered map of keys with revisions and their history, leases, and the
// sessions that make retries harmless. Deterministic: the same commands in the same order give the same
// state, the same outcomes and the same hash on every node. Owned by one thread; no I/O, no clock.
//
// Always true: the hash index and the ordered index hold the same records; compacted() <= revision(), and
// revision() >= every mod_revision; a key with a lease is among that lease's keys, and the other way round;
// state_hash() depends on the live keys, the leases, the deadlines of keys and the revision only, not on the
// way there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "machine/command.h"

namespace kvbus::machine {

// Cluster time: the sum of what leaders measured monotonically, never a wall clock. Leases, deadlines of keys
// and sessions end by it, when an entry that carries a later time is applied.
using ClusterTime = std::chrono::duration<std::int64_t, std::nano>;

// How much of the past is kept: so much memory (records and bookkeeping of what is no longer live), and so
// many revisions or so much cluster time if wanted. The oldest revisions are compacted first.
struct HistoryLimits {
    std::uint64_t bytes_max = 128 << 20;
    std::uint64_t revisions_max = 0;  // 0: no bound
    Duration age_max{};               // 0: no bound
    friend bool operator==(const HistoryLimits&, const HistoryLimits&) = default;
};

struct Limits {
    std::uint64_t sessions_max = 100'000;
    std::uint64_t unanswered_max = 16'384;                 // outcomes kept per session
    std::uint64_t unanswered_bytes_max = 64 << 20;         // of their answers, per session
    Duration session_idle_max = std::chrono::minutes{10};  // in cluster time; then the session is forgotten

    std::uint64_t value_bytes_max = 1 << 20;    // to which an Append can grow
    std::uint64_t answer_record_overhead = 56;  // what a record counts beyond its key and value
    std::uint64_t answer_bytes_max = 8 << 20;   // of the records in one answer, which must fit a frame
    std::uint64_t range_bytes_max = 16 << 20;   // the same of range(), whose answer is no part of a command's

    HistoryLimits history{};  // until an entry brings others

    std::chrono::milliseconds lease_ttl_min{2000};  // a shorter one is made so long
};

class ImageSink;  // machine/image.h
struct ImageHeader;

// A record, live or of the past. Valid until the next change of the machine.
struct Record {
    std::string_view key;
    std::string_view value;
    Revision create_revision;
    Revision mod_revision;
    std::uint64_t version = 0;
    LeaseId lease{};
};
[[nodiscard]] KeyValue owned(const Record& record);

struct RangeResult {
    Code code = Code::ok;         // ok, compacted, future_revision, too_large
    std::vector<Record> records;  // in the order that was asked for: of their keys, unless told otherwise
    std::uint64_t count = 0;      // keys in the range, whatever the limit and the filters
    bool more = false;            // the limit cut the records short
};

// One change of one key. The changes of one revision follow each other in the order in which they were made.
struct Event {
    bool is_put = true;  // else the key was removed, and of `record` only key and mod_revision count
    Record record;       // as it was then
    std::optional<Record> previous;  // what it replaced, unless that is compacted or there was nothing
};

struct LeaseStatus {
    LeaseId lease;
    std::chrono::milliseconds granted{};
    std::chrono::milliseconds left{};    // by the time of the last entry that was applied
    std::vector<std::string_view> keys;  // in byte order
};

class Machine {
  public:
    explicit Machine(Limits limits = {});
    Machine(Machine&&) noexcept;
    Machine& operator=(Machine&&) noexcept;
    ~Machine();

    // Starts a batch: moves cluster time to `time` if that is later, and ends what has reached its end by
    // then: sessions that were idle too long; leases, each of which removes its keys in one revision, in the
    // order of their deadlines and then of their ids; then keys with a deadline, all in one revision. No more
    // than expiries_per_advance keys are removed at once; the rest goes with the next call.
    void advance(ClusterTime time);
    static constexpr std::uint64_t expiries_per_advance = 1000;
    // From now on. What was compacted shows in outcomes, so all nodes must change them at the same entry.
    void limit_history(const HistoryLimits& limits);

    // When advance() has something to remove; ClusterTime::max() while nothing has a deadline.
    [[nodiscard]] ClusterTime next_expiry() const;

    Outcome apply(const Command& command);

    // A hint that these keys are about to be read or written; worth it for more than a few.
    void prefetch(std::span<const std::string_view> keys) const;

    [[nodiscard]] RangeResult range(const RangeQuery& query) const;

    // Whose candidate holds the lock, or leads: the key of NAME/ with the lowest create revision.
    [[nodiscard]] std::optional<Record> first_of_line(std::string_view name) const;

    // All changes from revision `first` on, in order, without the first `skipped` of that revision, until
    // `visit` returns false. Changes up to compacted() are not there any more.
    void visit_events(Revision first, const std::function<bool(const Event&)>& visit,
                      std::uint64_t skipped = 0) const;

    // Begins to tell what the machine is now to `sink` (machine/image.h), which outlives the telling. One
    // image at a time. Commands may be applied between the steps: what one is about to change is told before.
    [[nodiscard]] ImageHeader begin_image(ImageSink& sink);
    // Tells about so many parts more. True when all has been told; the image has then ended.
    bool continue_image(std::size_t parts);
    void abandon_image();

    [[nodiscard]] std::optional<LeaseStatus> lease(LeaseId lease, bool with_keys) const;
    [[nodiscard]] std::vector<LeaseId> leases() const;  // in the order of their ids

    [[nodiscard]] Revision revision() const;  // 1 when nothing was ever written, as in etcd
    [[nodiscard]] Revision compacted()
        const;  // the lowest that can be read is this one; none: nothing is compacted
    [[nodiscard]] ClusterTime time() const;
    [[nodiscard]] std::uint64_t key_count() const;      // live ones
    [[nodiscard]] std::uint64_t bytes() const;          // of live keys and values
    [[nodiscard]] std::uint64_t history_bytes() const;  // of what is no longer live
    [[nodiscard]] std::uint64_t session_count() const;
    [[nodiscard]] std::uint64_t lease_count() const;
    [[nodiscard]] std::uint64_t state_hash() const;

    // What all replicas must have in common after the same entry: the state, how far it is compacted, cluster
    // time, and what sessions would answer. Only hashes of the same form can be compared.
    [[nodiscard]] std::uint64_t replica_hash() const;
    static constexpr std::uint64_t replica_hash_form = 1;

    // Of the process's memory, so much is the machine's, about: counted from contents and bookkeeping, O(1).
    [[nodiscard]] std::uint64_t memory_bytes() const;

  private:
    friend class ImageBuilder;
    struct State;
    std::unique_ptr<State> state_;
};

// Whether a change can make the state larger: all but removals, compactions, and what is about leases that
// are there already.
[[nodiscard]] bool may_grow(const Change& change);

// What is wrong with a transaction, whatever the state: a key that is put twice, or put and removed, in one
// branch and what is nested in it (duplicate_key), or more than `operations_max` comparisons or operations in
// one list (invalid_argument). As etcd's checkTxnRequest and checkIntervals.
[[nodiscard]] std::optional<Error> flaw_of(const Txn& txn, std::size_t operations_max);

}  // namespace kvbus::machine
