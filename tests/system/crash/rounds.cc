#include "system/crash/rounds.h"

#include <numeric>

#include "base/clock.h"

namespace kvbus::crash {

void Rounds::wait_for_writes(std::uint64_t more) {
    const auto goal = load_.totals().acknowledged + more;
    harness::wait_for(std::to_string(more) + " more acknowledged writes", harness::patience,
                      [&]() -> std::string {
                          const auto now = load_.totals().acknowledged;
                          return now >= goal ? "" : std::to_string(goal - now) + " are missing";
                      });
}

std::vector<int> Rounds::choose(Victim victim, int leader) {
    std::vector<int> nodes(static_cast<std::size_t>(cluster_.size()));
    std::iota(nodes.begin(), nodes.end(), 0);
    if (victim == Victim::everyone) return nodes;
    if (victim == Victim::leader) return {leader};
    std::erase(nodes, leader);
    return {nodes[random_.below(nodes.size())]};
}

Rounds::Report Rounds::run(Victim victim) {
    constexpr std::uint64_t writes_between_max = 300;
    constexpr double hurried = 0.3;  // rounds that end before the restarted node has caught up

    wait_for_writes(random_.below(writes_between_max));
    const auto leader = cluster_.wait_for_leader();
    const auto killed = choose(victim, leader.node);
    Report report{.killed = killed, .led = victim != Victim::follower};

    load_.measure(monotonic_now(), report.led ? leader.term : 0);
    cluster_.kill(killed);
    const bool quorum_left = 2 * (cluster_.size() - static_cast<int>(killed.size())) > cluster_.size();
    if (quorum_left) wait_for_writes(1 + random_.below(writes_between_max));
    for (const int node : killed)
        cluster_.start(node);
    wait_for_writes(1);
    for (int node = 0; node < cluster_.size(); ++node) {
        if (!random_.chance(hurried)) cluster_.wait_until_caught_up(node);
        cluster_.must_run(node);
    }
    harness::wait_for("a write asked for after the kill", harness::patience, [&]() -> std::string {
        return load_.first_acknowledged() ? "" : "none is acknowledged";
    });
    report.acknowledged = *load_.first_acknowledged();
    return report;
}

}  // namespace kvbus::crash
