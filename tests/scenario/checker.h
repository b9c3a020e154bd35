// Watches a cluster from outside for Raft's properties (Figure 3 of the paper) and for the promises of
// raft/core.h. It knows what ever happened to whom, beyond crashes, which no single core can know. Each
// finding is thrown as a Violation.
//
// It is told of everything in the order in which it happens; it looks into the cores only through
// raft/invariants.h.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "raft/core.h"
#include "scenario/memory_disk.h"

namespace kvbus::scenario {

class Checker {
  public:
    // Disks by node: node 1 first. They outlive the checker.
    explicit Checker(std::span<const MemoryDisk> disks);

    void core(NodeId node, const raft::Core& core) const;  // its own invariants, and what it knows of others
    void role(NodeId node, const raft::Role& role);
    // With an install, the node has applied what the snapshot covers from here on.
    void will_submit(NodeId node, const raft::Role& role, const raft::Write& write);
    void completed(NodeId node, const raft::Write& write);                  // before its promises leave
    void published(NodeId node, const raft::SnapshotMeta& snapshot) const;  // of its own
    void will_send(NodeId from, const raft::Envelope& envelope) const;
    void applied(NodeId node, Term current,
                 const raft::Entry& entry);  // `current`: the term that the node is in
    void restored(NodeId node, Index base);  // a process starts that has applied everything up to `base`
    void read_started(NodeId node, raft::ReadId id);
    void read_granted(NodeId node, const raft::ReadGrant& grant);

    // How much has been seen: a run in which nothing happens proves nothing.
    struct Sightings {
        std::uint64_t leaders = 0;
        std::uint64_t truncations = 0;
        std::uint64_t overtaken_writes = 0;  // truncated while still in flight
        std::uint64_t reads = 0;             // granted
        std::uint64_t installs = 0;
    };
    [[nodiscard]] const Sightings& sightings() const { return sightings_; }

    // All that any node ever applied, in the order of the log.
    [[nodiscard]] const std::vector<raft::Entry>& committed() const { return committed_; }
    [[nodiscard]] Index applied_by(NodeId node) const { return applied_[node.value - 1]; }

  private:
    struct Origin {
        raft::EntryId previous;
        raft::Entry entry;
    };
    [[nodiscard]] const MemoryDisk& disk(NodeId node) const { return disks_[node.value - 1]; }
    // What a log has at `index`, or would have if a snapshot did not cover it.
    [[nodiscard]] raft::EntryId id_at(const MemoryDisk::Stored& stored, Index index) const;
    [[nodiscard]] raft::EntryId committed_at(Index index) const;
    [[nodiscard]] std::size_t majority() const { return disks_.size() / 2 + 1; }
    [[nodiscard]] bool voted(NodeId voter, Term term, NodeId candidate) const;
    void check_matches(NodeId leader, const raft::Status& status) const;
    void check_new_leader(NodeId node, Term term) const;
    void check_kept(NodeId node, Index first) const;
    void install(NodeId node, const raft::Write::Install& install);
    void check_snapshot(NodeId node, const raft::SnapshotMeta& snapshot) const;
    void check_acknowledgement(NodeId from, Term term, const raft::AppendReply& reply) const;
    void check_commit(NodeId node, const raft::Entry& entry) const;

    std::span<const MemoryDisk> disks_;
    std::map<Term, NodeId> leaders_;
    std::map<std::pair<Term, NodeId>, NodeId> votes_;   // (term, voter) -> candidate; once durable
    std::map<std::pair<Term, Index>, Origin> entries_;  // every entry that any log ever held
    Sightings sightings_;
    std::vector<raft::Entry> committed_;
    std::vector<Term> committed_by_;  // a term by which the entry was committed; never falls
    std::vector<Index> applied_;      // by node
    std::map<std::pair<NodeId, raft::ReadId>, Index> reads_;  // -> what was committed when it started
};

}  // namespace kvbus::scenario
