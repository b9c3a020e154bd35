#include "sim/step_checker.h"

#include <string>
#include <variant>

#include "base/mutant.h"
#include "raft/state.h"
#include "wire/peer_frames.h"

namespace kvbus::sim {

using scenario::Violation;

StepChecker::StepChecker(std::span<const scenario::MemoryDisk> disks, const Plan& plan, const Agenda& agenda)
    : disks_(disks),
      agenda_(agenda),
      checker_(disks),
      committed_(machine_limits(plan)),
      bounded_history_(has_bounded_history(plan)),
      roles_(disks.size()),
      is_new_(disks.size()) {}

void StepChecker::booted(NodeId id, const node::Node& node, Index base) {
    roles_[id.value - 1] = {};
    checker_.restored(id, base);
    compare(id, base, node);
    is_new_[id.value - 1] = node.core().status().snapshot > Index{};
}

void StepChecker::will_publish(NodeId id, const node::Node& node, const wire::SnapshotManifest& manifest) {
    see_applied(id, node);
    checker_.published(id, manifest.meta);
    ++snapshots_taken_;
}

namespace {

// That one node differs the nodes are to find out by themselves: then nobody else looks.
bool nodes_are_left_to_themselves() {
    return mutated(Mutant::state_differs_on_one_node);
}

}  // namespace

void StepChecker::compare(NodeId id, Index applied, const node::Node& node) {
    if (!nodes_are_left_to_themselves()) agreement_.check(id, applied, node.machine(), committed_);
}

void StepChecker::compare_all(const node::Node& node) const {
    if (!nodes_are_left_to_themselves()) committed_.compare_all(node.machine());
}

// The machine of a snapshot stands for all entries up to its last.
void StepChecker::loaded(NodeId id, const node::Node& node) {
    const Index applied = node.core().state().applied;
    if (applied == checker_.applied_by(id)) return;
    compare(id, applied, node);
    is_new_[id.value - 1] = true;
    ++snapshots_installed_;
}

// A role shows in what a node sends before the end of its turn.
void StepChecker::see_role(NodeId id, const node::Node& node) {
    const raft::Role role = node.core().role();
    if (role == roles_[id.value - 1]) return;
    roles_[id.value - 1] = role;
    checker_.role(id, role);
}

void StepChecker::will_send(NodeId from, const node::Node& node, NodeId to, std::string_view frame) {
    see_role(from, node);
    auto decoded = wire::decode_peer_frame(frame);
    if (!decoded.ok()) throw Violation("a node sends what no node can read: " + decoded.error().message);
    if (auto* message = std::get_if<raft::Message>(&decoded->body))
        checker_.will_send(from, {to, std::move(*message)});
}

void StepChecker::will_submit(NodeId id, const node::Node& node, const raft::Write& write) {
    see_role(id, node);
    checker_.will_submit(id, node.core().role(), write);
}

void StepChecker::turned(NodeId id, const node::Node& node) {
    see_role(id, node);
    checker_.core(id, node.core());
    see_applied(id, node);
    compare_what_was_built(id, node);
    for (const Alarm& alarm : node.alarms(agenda_.now()))
        if (alarm.type == "CORRUPT") throw Violation("an alarm is raised: " + alarm.message);
}

void StepChecker::see_applied(NodeId id, const node::Node& node) {
    const Index applied = node.core().state().applied;
    if (checker_.applied_by(id) == applied) return;
    for (Index index = checker_.applied_by(id) + 1; index <= applied; index = index + 1) {
        checker_.applied(id, node.core().role().term, disks_[id.value - 1].written().at(index));
        if (checker_.committed().size() == index.value && committed_.applied() < index)
            committed_.apply(checker_.committed().back(), agenda_.now());
    }
    if (bounded_history_ && applied == committed_.applied())
        committed_.compacted_by_itself(node.machine().compacted(), agenda_.now());
    compare(id, applied, node);
}

// In everything, as soon as the log goes no further.
void StepChecker::compare_what_was_built(NodeId id, const node::Node& node) {
    if (!is_new_[id.value - 1] || checker_.applied_by(id) != committed_.applied()) return;
    compare_all(node);
    is_new_[id.value - 1] = false;
}

}  // namespace kvbus::sim
