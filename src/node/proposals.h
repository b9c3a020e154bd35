// The leader's writes: gathered into batches, proposed as log entries, and matched with their outcomes when
// the entries are applied. Owned by the loop thread.
//
// Always true: proposed batches stand in the order of their log indexes, and all carry the term in which this
// node leads; each holds one pending write per command, in the order of the commands.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/blob.h"
#include "machine/machine.h"
#include "node/pending.h"
#include "raft/core.h"
#include "wire/batch.h"

namespace kvbus::node {

class Proposals {
  public:
    // The limits of history go into each entry, so that they are the leader's for all.
    explicit Proposals(const machine::HistoryLimits& limits = {}) : builder_(limits) {}

    // `time` is now: from it on, what the command grants lasts.
    void add(const machine::Command& command, PendingWrite write, machine::ClusterTime time);

    // An entry with nothing but the time in it, for what ends by it. Not needed while anything else is on its
    // way, since that carries the time too.
    void add_time(machine::ClusterTime time);

    // Proposes everything that was gathered; what the core refuses stays for the next call.
    void propose(Instant now, raft::Core& core, machine::ClusterTime time);

    // The writes that wait for this entry; none when it is not ours.
    [[nodiscard]] std::vector<PendingWrite> take_applied(raft::EntryId id);

    struct Abandoned {
        std::vector<PendingWrite> unproposed;  // certainly without effect
        std::vector<PendingWrite> proposed;    // may still be committed by the next leader
    };
    // This node no longer leads.
    [[nodiscard]] Abandoned abandon();

    // The writes whose deadline has passed; their outcome is unknown, since the command stays on its way.
    [[nodiscard]] std::vector<PendingWrite> expire(Instant now);

    [[nodiscard]] bool empty() const { return gathered_.empty() && sealed_.empty() && proposed_.empty(); }

  private:
    struct Batch {
        raft::EntryId id;  // once proposed
        Blob bytes;        // until proposed
        std::vector<PendingWrite> writes;
    };
    void seal(machine::ClusterTime time);

    wire::BatchBuilder builder_;
    std::vector<PendingWrite> gathered_;  // of the commands in builder_
    std::deque<Batch> sealed_;            // full, not proposed
    std::deque<Batch> proposed_;
    machine::ClusterTime time_{};  // of the last batch that was sealed in this leadership
};

}  // namespace kvbus::node
