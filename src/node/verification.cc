// What follows for a node from what is found out about it: whether its state is the others' (verifier.h), and
// how much room it has (alarms.h).
#include <cstdio>
#include <string>

#include "base/log.h"
#include "base/mutant.h"
#include "node/state.h"

namespace kvbus::node {
namespace {

constexpr std::string_view way_out =
    "it serves nothing. Start it again: it builds its state anew from its disk, and serves once that "
    "compares equal. If the alarm stays, its disk holds the difference: rebuild it from the others, with an "
    "empty data directory, as the runbook says under 'A state that differs'";

std::string hex(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

std::string describe(const std::string& name, const Verifier::Difference& difference) {
    return "the state of node " + name + " differs from the cluster's at log index " +
           std::to_string(difference.index.value) + " (hash " + hex(difference.own) + ", not " +
           hex(difference.agreed) + "); " + std::string(way_out);
}

}  // namespace

void Node::State::measure(Instant now) {
    alarms.measure(now, ports.disk.usage().free_bytes, machine.memory_bytes());
}

void Node::State::verify(Instant now) {
    measure(now);
    verifier.turn(now,
                  leads() ? std::span<const NodeId>(core.membership().voters) : std::span<const NodeId>{});
    for (auto& [to, body] : verifier.take_messages())
        send(to, std::move(body));
    if (verifier.standing() != standing) on_standing(now);
}

// A node whose state is not good votes and acknowledges, since its log is, and does nothing else: what it
// knows is neither told nor kept.
void Node::State::on_standing(Instant now) {
    switch (verifier.standing()) {
        case Verifier::Standing::good:
            ports.disk.mark_corrupt(std::nullopt);
            alarms.clear(AlarmType::corrupt);
            break;
        case Verifier::Standing::unproven:
            log_info("node " + config.name +
                     " has a new state, and serves once that was compared with the others'");
            break;
        case Verifier::Standing::differs:
            distrust(now, {Code::unavailable, describe(config.name, *verifier.difference())});
            break;
    }
    standing = verifier.standing();
    core.abstain(now, !is_trusted());
    carry_out(now, core.take());
}

void Node::State::distrust(Instant now, const Error& why) {
    alarms.raise(now, AlarmType::corrupt, why.message);
    ports.disk.mark_corrupt(why.message);
    taker.abandon(machine, ports.disk);
    watches.refuse_all(why, answers);
    campaigns.refuse_all(why, answers);
    askers.refuse(why.code, why.message, answers);
}

void Node::State::differ_on_purpose(Index index) {
    constexpr std::uint64_t every = 64;
    if (config.self != NodeId{1} || index.value % every != 0) return;
    const machine::LeaseGrant grant{LeaseId{index.value}, std::chrono::hours{24}};
    (void)machine.apply(machine::without_session(grant));
}

}  // namespace kvbus::node
