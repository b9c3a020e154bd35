// What is checked at every step of a simulation, from outside: Raft's properties (scenario/checker.h), the
// core's own invariants, and that all nodes agree (sim/agreement.h). Each finding is thrown as a Violation.
// One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "node/node.h"
#include "scenario/checker.h"
#include "scenario/memory_disk.h"
#include "sim/agenda.h"
#include "sim/agreement.h"
#include "sim/committed.h"
#include "sim/plan.h"
#include "wire/snapshot.h"

namespace kvbus::sim {

class StepChecker {
  public:
    StepChecker(std::span<const scenario::MemoryDisk> disks, const Plan& plan, const Agenda& agenda);

    void booted(NodeId id, const node::Node& node, Index base);
    void will_send(NodeId from, const node::Node& node, NodeId to, std::string_view frame);
    void will_submit(NodeId id, const node::Node& node, const raft::Write& write);
    void will_publish(NodeId id, const node::Node& node, const wire::SnapshotManifest& manifest);
    void completed(NodeId id, const raft::Write& write) { checker_.completed(id, write); }
    void loaded(NodeId id, const node::Node& node);  // and maybe installed
    void turned(NodeId id, const node::Node& node);
    void compare_all(const node::Node& node) const;  // with the log, which goes no further

    [[nodiscard]] const Committed& committed() const { return committed_; }
    [[nodiscard]] std::uint64_t committed_count() const { return checker_.committed().size(); }
    [[nodiscard]] Index applied_by(NodeId node) const { return checker_.applied_by(node); }
    [[nodiscard]] std::uint64_t snapshots_taken() const { return snapshots_taken_; }
    [[nodiscard]] std::uint64_t snapshots_installed() const { return snapshots_installed_; }
    [[nodiscard]] std::uint64_t elections() const { return checker_.sightings().leaders; }

  private:
    void compare(NodeId id, Index applied, const node::Node& node);
    void see_role(NodeId id, const node::Node& node);
    void see_applied(NodeId id, const node::Node& node);
    void compare_what_was_built(NodeId id, const node::Node& node);

    std::span<const scenario::MemoryDisk> disks_;
    const Agenda& agenda_;
    scenario::Checker checker_;
    Committed committed_;
    bool bounded_history_;
    Agreement agreement_;
    std::vector<raft::Role> roles_;  // by node
    std::vector<bool> is_new_;  // whether its machine is of a snapshot, and not compared as a whole since
    std::uint64_t snapshots_taken_ = 0;
    std::uint64_t snapshots_installed_ = 0;
};

}  // namespace kvbus::sim
