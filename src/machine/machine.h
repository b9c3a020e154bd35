// The replicated state machine: an ordered map of keys with revisions, and the sessions that make retries
// harmless. Deterministic: the same commands in the same order give the same state, the same outcomes and the
// same hash on every node. Owned by one thread; no I/O, no clock.
//
// Always true: the hash index and the ordered index hold the same records; revision() >= every mod_revision;
// state_hash() depends on the live keys and the revision only, not on the way there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "machine/command.h"

namespace kvbus::machine {

// Cluster time: the sum of what leaders measured monotonically, never a wall clock (DESIGN of sessions and
// leases).
using ClusterTime = std::chrono::duration<std::int64_t, std::nano>;

struct Limits {
    std::uint64_t sessions_max = 100'000;
    std::uint64_t unanswered_max = 16'384;                 // outcomes kept per session
    Duration session_idle_max = std::chrono::minutes{10};  // in cluster time; then the session is forgotten
};

// A live key. Valid until the next apply().
struct Record {
    std::string_view key;
    std::string_view value;
    Revision create_revision;
    Revision mod_revision;
    std::uint64_t version = 0;
};

struct RangeQuery {
    std::string_view key;
    std::string_view range_end;  // as in Delete
    std::uint64_t limit = 0;     // records wanted; 0 for all
    bool count_only = false;
};

struct RangeResult {
    std::vector<Record> records;  // in byte order of their keys
    std::uint64_t count = 0;      // keys in the range, whatever the limit
};

class Machine {
  public:
    explicit Machine(Limits limits = {});
    Machine(Machine&&) noexcept;
    Machine& operator=(Machine&&) noexcept;
    ~Machine();

    // Starts a batch: moves cluster time to `time` if that is later, and forgets sessions that were idle too
    // long.
    void advance(ClusterTime time);
    Outcome apply(const Command& command);

    // A hint that these keys are about to be read or written; worth it for more than a few.
    void prefetch(std::span<const std::string_view> keys) const;

    [[nodiscard]] RangeResult range(const RangeQuery& query) const;

    [[nodiscard]] Revision revision() const;  // 1 when nothing was ever written, as in etcd
    [[nodiscard]] ClusterTime time() const;
    [[nodiscard]] std::uint64_t key_count() const;
    [[nodiscard]] std::uint64_t bytes() const;  // of keys and values
    [[nodiscard]] std::uint64_t session_count() const;
    [[nodiscard]] std::uint64_t state_hash() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::machine
