#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "node/state.h"

namespace kvbus::node {
namespace {

constexpr std::string_view leader_lost =
    "the leader changed while the write was under way; it may or may not be applied";

constexpr Duration release_interval = std::chrono::milliseconds{1};
constexpr Duration untold_max = std::chrono::minutes{5};  // of cluster time, that leaders' changes may cost

std::string describe(const raft::Role& role, const std::vector<Member>& members) {
    const auto term = " in term " + std::to_string(role.term.value);
    if (role.kind == raft::RoleKind::leader) return "leads" + term;
    for (const auto& member : members) {
        if (member.id == role.leader) return "follows " + member.name + term;
    }
    return "has no leader" + term;
}

}  // namespace

void Node::State::on_role(Instant now, const raft::Role& next) {
    const auto last = std::exchange(role, next);
    const bool leader_is_new = last.term != role.term || last.leader != role.leader;
    if (leader_is_new) log_info("node " + config.name + " " + describe(role, peers.members()));
    if (last.kind == raft::RoleKind::leader && (!leads() || last.term != role.term)) {
        auto abandoned = proposals.abandon();
        if (!abandoned.unproposed.empty()) sometimes(Sometimes::leader_change_with_unproposed_writes);
        if (!abandoned.proposed.empty()) sometimes(Sometimes::leader_change_with_proposed_writes);
        for (const auto& write : abandoned.unproposed) {
            if (write.may_be_applied) {
                answers.error(write.asker, Code::outcome_unknown, leader_lost);
            } else {
                answers.error(write.asker, Code::unavailable,
                              "the node stopped leading before it took up the write");
            }
            settled(write.bytes);
        }
        const bool denies = mutated(Mutant::outcome_failed_though_proposed);
        for (const auto& write : abandoned.proposed) {
            answers.error(write.asker, denies ? Code::unavailable : Code::outcome_unknown, leader_lost);
            settled(write.bytes);
        }
    }
    if (leader_is_new) {
        forwarding.leader_changed();
        reads.leader_changed();
    }
    if (leads() && (last.kind != raft::RoleKind::leader || last.term != role.term)) {
        ++counters.elections;
        clock.start(now, machine.time());
    }
}

void Node::State::place_writes(Instant now) {
    if (leads()) {
        for (auto& held : forwarding.take_all())
            proposals.add(held.command.view(), std::move(held.write), clock.at(now));
        return;
    }
    if (!role.leader) return;
    for (;;) {
        auto forward = forwarding.take_unsent(now);
        if (forward.commands.empty()) return;
        send(role.leader, std::move(forward));
    }
}

// What ends by cluster time ends when an entry says so. While nobody writes, the leader sends one for that.
void Node::State::propose(Instant now) {
    if (next_end() <= now) {
        history_bytes_tried = machine.history_bytes();
        proposals.add_time(clock.at(now));
    }
    proposals.propose(now, core, clock.at(now));
}

// Such an entry comes also now and then before: the time that no entry tells of is lost with the leader, and
// whoever changes leaders often enough would keep a lease for ever.
Instant Node::State::next_end() const {
    if (!leads() || clock_term != role.term || !proposals.empty()) return never;
    if (may_give_back_memory()) return clock.when(machine.time() + release_interval);
    const machine::ClusterTime end = machine.next_expiry();
    if (end == machine::ClusterTime::max()) return never;
    const machine::ClusterTime left = end - machine.time();
    const machine::ClusterTime untold =
        std::clamp<machine::ClusterTime>(left / 4, config.raft.election_timeout_min, untold_max);
    return clock.when(machine.time() + std::min(left, untold));
}

// What is compacted gives its memory back entry by entry. Without memory nobody may write, so the leader
// sends some, as long as they help.
bool Node::State::may_give_back_memory() const {
    return alarms.is_raised(AlarmType::memory) && machine.history_bytes() != history_bytes_tried;
}

void Node::State::expire(Instant now) {
    for (const auto& write : proposals.expire(now)) {
        answers.error(write.asker, Code::outcome_unknown,
                      "no quorum confirmed the write in time; it may or may not be applied");
        settled(write.bytes);
    }
    for (const auto& [write, reason] : forwarding.expire(now)) {
        if (write.may_be_applied) {
            answers.error(
                write.asker, Code::outcome_unknown,
                (reason.empty() ? "the leader did not answer in time" : "the leader says: " + reason) +
                    "; the write may or may not be applied");
        } else {
            answers.error(write.asker, Code::unavailable, "there is no leader; nothing was applied");
        }
        settled(write.bytes);
    }
    for (const auto& asker : reads.expire(now)) {
        answers.error(
            asker, role.leader ? Code::timeout : Code::unavailable,
            role.leader ? "no quorum confirmed the read in time" : "there is no leader to confirm the read");
        settled(0);
    }
}

}  // namespace kvbus::node
