// The data of the core, for the core's own files. Each group of fields belongs to the file named with it;
// everything else only reads it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "raft/core.h"
#include "raft/log.h"
#include "raft/progress.h"
#include "raft/quorum.h"

namespace kvbus::raft {

// election.cc
struct Election {
    Instant deadline;       // to campaign, unless a leader is heard before; unused while leading
    Instant leader_heard;   // of the known leader
    VoteTally tally;        // of the campaign under way
    bool abstains = false;  // never campaigns

    // After the death of a leader was reported (peer_lost):
    NodeId lost_leader;        // until another is known
    Instant last_words_until;  // what it sent before it died may still arrive
    Instant hurry_until;       // campaigns are repeated quickly until then
};

// read_index.cc
struct WaitingRead {
    NodeId node;  // that asked; maybe this one
    ReadId id;
};
struct ReadRound {
    std::uint64_t round;  // of heartbeats, that must be acknowledged by a quorum
    Index index;
    std::vector<WaitingRead> reads;
};

// leadership.cc, replication.cc
struct Leadership {
    std::vector<Progress> followers;  // all voters but this node, in the order of the membership
    Instant heartbeat_due;
    std::uint64_t round = 0;              // the last one that was sent
    std::uint64_t uncommitted_bytes = 0;  // in the log after the commit index
    std::vector<WaitingRead> waiting_reads;
    std::optional<ReadRound> read_round;  // under way
};

// persistence.cc
struct Persistence {
    HardState told;              // what the disk holds once all writes in flight are done
    WriteId issued;              // the last write that was handed out
    WriteId done;                // the last one that is durable
    WriteId hard_state_written;  // the write that holds the current term and vote
};

struct Core::State {
    State(const Config& config, Boot boot, Instant now);

    Config config;
    Membership membership;
    Random random;
    Instant now;  // of the last input

    // Figure 2. Role says the rest: leading <=> leadership, candidates have no leader.
    Term term;
    NodeId vote;
    Log log;
    EntryId log_start;  // the entry before the first on disk; memory may still hold some of what is gone
    Index commit;
    Index applied;  // handed out
    RoleKind kind = RoleKind::follower;
    NodeId leader;

    Election election;
    std::optional<Leadership> leadership;
    Persistence persistence;

    std::uint64_t answered_round = 0;      // of the leader's heartbeats; follower.cc
    ReadId last_read;                      // read_index.cc
    std::deque<ReadId> forwarded_reads;    // to the leader, unanswered
    std::vector<LogFetch> fetching;        // outstanding, whoever leads meanwhile; replication.cc
    std::optional<SnapshotMeta> snapshot;  // the one that counts; snapshot.cc

    // For the next Ready.
    std::vector<Envelope> send;
    std::vector<Envelope> promises;  // sent once what was stored before them is durable
    std::vector<ReadGrant> grants;
    std::vector<LogFetch> fetches;
    std::optional<Write::Install> install;
    std::optional<SnapshotMeta> offer;
    Role told_role;
    std::uint64_t ignored = 0;

    void advance(Instant time) { now = std::max(now, time); }
    [[nodiscard]] Role role() const { return {kind, term, leader}; }
    [[nodiscard]] bool is_peer(NodeId node) const {
        return node != config.self && std::ranges::binary_search(membership.voters, node);
    }
    [[nodiscard]] bool is_alone() const { return membership.voters.size() == 1; }

    template <class Body>
    void send_to(NodeId to, Body body) {
        send.push_back({to, {term, std::move(body)}});
    }
    template <class Body>
    void promise_to(NodeId to, Body body) {
        promises.push_back({to, {term, std::move(body)}});
    }
};

using State = Core::State;

}  // namespace kvbus::raft
