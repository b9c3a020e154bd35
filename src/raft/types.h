// The values of the consensus core: what it stores, what it hands out. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/blob.h"
#include "base/ids.h"
#include "base/time.h"

namespace kvbus::raft {

// Names an entry for good: two logs that hold an entry with the same id hold the same entries up to it (5.3).
struct EntryId {
    Term term;
    Index index;
    friend constexpr bool operator==(EntryId, EntryId) = default;
};

enum class EntryType : std::uint8_t {
    no_op = 0,     // a new leader's first entry (8)
    commands = 1,  // a batch for the state machine
};

struct Entry {
    EntryId id;
    EntryType type = EntryType::no_op;
    Blob data;
    friend bool operator==(const Entry&, const Entry&) = default;
};

// What must survive a crash before anything that depends on it is said (Figure 2, "persistent state").
struct HardState {
    Term term;
    NodeId vote;   // in `term`; none before the vote
    Index commit;  // a lower bound: it may trail, it never exceeds what is durable with it
    friend constexpr bool operator==(const HardState&, const HardState&) = default;
};

struct Membership {
    std::vector<NodeId> voters;  // sorted, unique, this node included
    friend bool operator==(const Membership&, const Membership&) = default;
};

// A state that took the place of all entries up to `last`. What it holds, and how it travels, is the node's
// affair.
struct SnapshotMeta {
    EntryId last;
    Membership membership;  // as of `last`
    NodeId holder;          // has its bytes: took it, or installed it
    std::uint64_t id = 0;   // of the bytes; drawn by the node that took it, which never gives it to others
    friend bool operator==(const SnapshotMeta&, const SnapshotMeta&) = default;
};

enum class RoleKind : std::uint8_t { follower, pre_candidate, candidate, leader };

struct Role {
    RoleKind kind = RoleKind::follower;
    Term term;
    NodeId leader;  // of `term`; none while unknown
    friend constexpr bool operator==(const Role&, const Role&) = default;
};

using WriteId = Strong<struct WriteTag>;  // numbers the writes of one process from 1, in order
using ReadId = Strong<struct ReadTag>;

// A read may be answered from the map as soon as `index` is applied. No grant within the caller's deadline:
// no answer.
struct ReadGrant {
    ReadId id;
    Index index;
};

// A wish for entries that fell out of memory, for a follower that is behind. The first entry is wanted too:
// its term is the "previous term" of what is sent.
struct LogFetch {
    NodeId follower;
    Index first;
    Index last;                   // inclusive
    std::uint64_t bytes_max = 0;  // stop after the entry that reaches it; at least two entries
};

struct Config {
    NodeId self;
    Duration heartbeat_interval = std::chrono::milliseconds{50};
    Duration election_timeout_min = std::chrono::milliseconds{500};   // the timeout is drawn anew from
    Duration election_timeout_max = std::chrono::milliseconds{1000};  // [min, max) for each wait (5.2)
    std::uint64_t append_bytes_max = 1 << 20;       // entries in one Append; a larger single entry goes alone
    std::uint64_t follower_window_bytes = 8 << 20;  // sent and not acknowledged, per follower
    std::uint64_t log_window_bytes = 32 << 20;      // committed entries kept in memory for followers
    std::uint64_t uncommitted_bytes_max = 64 << 20;  // above it propose() refuses
    std::uint64_t seed = 1;                          // of the election timeouts
};

// Where a node continues after a restart. Entries up to `base` are on disk only; `entries` follow it without
// a gap.
struct Boot {
    HardState hard_state;
    Membership membership;
    EntryId base;                // <= commit; zero on an empty log
    std::vector<Entry> entries;  // all of them durable
    EntryId log_start{};         // the entry before the first on disk; zero when none was dropped
    // The one that counts; log_start <= its last <= base, so that what it covers counts as committed.
    std::optional<SnapshotMeta> snapshot{};
};

}  // namespace kvbus::raft
