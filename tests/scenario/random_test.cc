// A cluster under seeded chaos: lost, repeated, delayed and held messages, cuts, crashes, slow and stuck
// disks, jumping clocks and false reports of death, each kind of fault in some runs only. Every step is
// checked; at the end everything is healed and the cluster must make progress.

#include "base/random.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "scenario/cluster.h"

namespace kvbus::scenario {
namespace {

using std::chrono::milliseconds;

constexpr int steps = 3000;

std::uint64_t seed_count() {
    const char* wanted = std::getenv("KVBUS_SEEDS");
    return wanted == nullptr ? 300 : std::strtoull(wanted, nullptr, 10);
}

enum class Act : std::uint8_t {
    propose,
    read,
    crash,
    restart,
    cut,
    heal,
    disk_hold,
    disk_one,
    disk_release,
    report_death,
    report_false_death,
    jump_clock,
    hold_messages,
    release_messages,
    strand,
    snapshot,
    leave_behind,
};

// What may happen in this run, once for each ticket in the draw.
std::vector<Act> draw_mix(Random& random) {
    std::vector<Act> mix;
    const auto always = [&](Act act, std::size_t tickets) { mix.insert(mix.end(), tickets, act); };
    const auto sometimes = [&](Act act, std::size_t tickets) {
        if (random.chance(0.5)) always(act, tickets);
    };
    always(Act::propose, 60);
    sometimes(Act::read, 30);
    sometimes(Act::crash, 6);
    always(Act::restart, 12);
    sometimes(Act::cut, 4);
    always(Act::heal, 4);
    sometimes(Act::disk_hold, 20);
    sometimes(Act::disk_one, 10);
    always(Act::disk_release, 4);
    sometimes(Act::report_death, 6);
    sometimes(Act::report_false_death, 2);
    sometimes(Act::jump_clock, 4);
    sometimes(Act::hold_messages, 3);
    always(Act::release_messages, 3);
    sometimes(Act::strand, 3);
    sometimes(Act::snapshot, 10);
    sometimes(Act::leave_behind, 3);
    return mix;
}

ClusterOptions draw_options(Random& random, std::uint64_t seed) {
    constexpr std::uint64_t sizes[] = {1, 2, 3, 3, 3, 4, 5, 5};
    ClusterOptions options;
    options.seed = seed;
    options.nodes = sizes[random.below(std::size(sizes))];
    options.sync_time = milliseconds{random.chance(0.5) ? 1 : random.between(1, 200)};
    if (random.chance(0.3)) options.config.append_bytes_max = random.between(1, 30);
    if (random.chance(0.3)) options.config.follower_window_bytes = random.between(10, 100);
    if (random.chance(0.4)) options.config.log_window_bytes = random.between(1, 100);
    if (random.chance(0.3)) options.config.uncommitted_bytes_max = random.between(20, 200);
    if (random.chance(0.5)) options.snapshot_time = milliseconds{random.between(1, 3000)};
    return options;
}

NetworkFaults draw_faults(Random& random) {
    NetworkFaults faults;
    if (random.chance(0.5)) faults.loss = 0.3 * static_cast<double>(random.below(100)) / 100;
    if (random.chance(0.5)) faults.duplicate = 0.2;
    if (random.chance(0.5)) faults.delay_max = milliseconds{random.between(2, 300)};
    return faults;
}

class Chaos {
  public:
    Chaos(std::uint64_t seed, Cluster::Narrator narrator)
        : random_(seed),
          options_(draw_options(random_, seed)),
          cluster_(options_, std::move(narrator)),
          mix_(draw_mix(random_)) {
        cluster_.network().faults = draw_faults(random_);
    }

    void run() {
        for (int step = 0; step < steps; ++step) {
            if (random_.chance(0.85)) {
                (void)cluster_.run_next(cluster_.now() + milliseconds{100});
            } else {
                disturb();
            }
        }
        recover();
    }

    [[nodiscard]] const Cluster& cluster() const { return cluster_; }

  private:
    // Leaders, also those that do not know yet that they are none, are hit more often.
    NodeId any_node() {
        const NodeId node{random_.between(1, cluster_.size())};
        const bool leads = runs(node) && cluster_.core(node)->role().kind == raft::RoleKind::leader;
        return leads || random_.chance(0.6) ? node : NodeId{random_.between(1, cluster_.size())};
    }
    [[nodiscard]] bool runs(NodeId node) const { return cluster_.core(node) != nullptr; }

    void disturb();
    void propose();
    void strand(NodeId node);
    void leave_behind(NodeId node);
    void cut_logs_but_of(NodeId node);
    void crash(NodeId node);
    void restart(NodeId node);
    void take_snapshot(NodeId node);
    void recover();

    Random random_;
    ClusterOptions options_;
    Cluster cluster_;
    std::vector<Act> mix_;
    bool cuts_logs_ = std::ranges::count(mix_, Act::snapshot) > 0;
    std::uint64_t proposals_ = 0;
};

void Chaos::propose() {
    const NodeId node = cluster_.leader() && random_.chance(0.5) ? cluster_.leader() : any_node();
    if (runs(node)) cluster_.propose(node, "put " + std::to_string(++proposals_));
}

// Alone with a stuck disk and some proposals, until the others have had time to go on without it: what it has
// in flight is then replaced in flight.
void Chaos::strand(NodeId node) {
    if (!runs(node)) return;
    cluster_.network().cut({node, {}});
    cluster_.network().cut({{}, node});
    cluster_.hold_disk(node, true);
    for (std::uint64_t count = random_.between(1, 3); count > 0; --count)
        cluster_.propose(node, "in vain");
    cluster_.run_until(cluster_.now() + milliseconds{random_.between(500, 2000)});
    if (cuts_logs_ && random_.chance(0.5)) cut_logs_but_of(node);
    cluster_.network().heal();
}

// The others go on and cut their logs meanwhile: what it needs is gone when it is heard again.
void Chaos::leave_behind(NodeId node) {
    cluster_.network().cut({node, {}});
    cluster_.network().cut({{}, node});
    for (std::uint64_t count = random_.between(1, 5); count > 0; --count) {
        propose();
        cluster_.run_until(cluster_.now() + milliseconds{random_.between(100, 500)});
    }
    cut_logs_but_of(node);
    cluster_.network().heal();
}

void Chaos::cut_logs_but_of(NodeId node) {
    for (std::uint64_t other = 1; other <= cluster_.size(); ++other) {
        if (NodeId{other} != node && random_.chance(0.8)) take_snapshot(NodeId{other});
    }
}

// Most often while a write is under way.
void Chaos::crash(NodeId node) {
    if (runs(node) && (!cluster_.disk(node).in_flight().empty() || random_.chance(0.2))) cluster_.crash(node);
}

void Chaos::restart(NodeId node) {
    if (runs(node)) return;
    const Index commit = cluster_.disk(node).durable().hard_state.commit;
    cluster_.restart(node, random_.chance(0.5) ? Index{} : Index{random_.between(0, commit.value)});
}

void Chaos::take_snapshot(NodeId node) {
    if (cluster_.can_take_snapshot(node))
        cluster_.take_snapshot(node, random_.chance(0.5) ? 0 : random_.between(0, 10));
}

void Chaos::disturb() {
    const NodeId node = any_node();
    const Link link{node, any_node()};
    switch (mix_[random_.below(mix_.size())]) {
        case Act::propose:
            return propose();
        case Act::read:
            if (runs(node)) cluster_.read(node);
            return;
        case Act::crash:
            return crash(node);
        case Act::restart:
            return restart(node);
        case Act::cut:
            return cluster_.network().cut(random_.chance(0.5) ? Link{node, {}} : link);
        case Act::heal:
            return cluster_.network().heal();
        case Act::disk_hold:
            return cluster_.hold_disk(node, true);
        case Act::disk_one:
            if (!cluster_.disk(node).in_flight().empty()) cluster_.persist_one(node);
            return;
        case Act::disk_release:
            return cluster_.hold_disk(node, false);
        case Act::report_death:
            if (!runs(node)) cluster_.lose(node);
            return;
        case Act::report_false_death:
            return cluster_.lose(node);
        case Act::jump_clock:
            if (runs(node)) cluster_.campaign(node);
            return;
        case Act::hold_messages:
            return cluster_.network().hold(link);
        case Act::release_messages:
            return cluster_.network().release(Instant{} + cluster_.now(), link);
        case Act::strand:
            return strand(node);
        case Act::snapshot:
            return take_snapshot(node);
        case Act::leave_behind:
            return leave_behind(node);
    }
}

// Everything is healed; a new entry must be applied everywhere within ten election timeouts.
void Chaos::recover() {
    cluster_.set_sync_time(milliseconds{1});
    cluster_.set_snapshot_time(milliseconds{1});
    cluster_.network().faults = {};
    cluster_.network().heal();
    cluster_.network().release_all(Instant{} + cluster_.now());
    for (std::uint64_t id = 1; id <= cluster_.size(); ++id) {
        cluster_.hold_disk(NodeId{id}, false);
        restart(NodeId{id});
    }
    const std::size_t before = cluster_.checker().committed().size();
    const Duration end = cluster_.now() + 10 * options_.config.election_timeout_max;
    const auto caught_up = [&] {
        const std::size_t committed = cluster_.checker().committed().size();
        bool all = committed > before && !cluster_.checker().committed().back().data.empty();
        for (std::uint64_t id = 1; id <= cluster_.size(); ++id)
            all = all && cluster_.checker().applied_by(NodeId{id}).value == committed;
        return all;
    };
    while (!caught_up()) {
        if (cluster_.now() >= end)
            throw Violation("no progress within ten election timeouts after everything was healed");
        if (cluster_.leader()) cluster_.propose(cluster_.leader(), "after all");
        cluster_.run_until(cluster_.now() + milliseconds{400});
    }
}

// An abort inside the core (KV_CHECK) must still tell the seed.
volatile std::sig_atomic_t running_seed = 0;

void tell_seed(int) {
    char text[64];
    const int length =
        std::snprintf(text, sizeof text, "while running seed %d\n", static_cast<int>(running_seed));
    if (length > 0) (void)!write(STDERR_FILENO, text, static_cast<std::size_t>(length));
}

// The last lines of the story of a seed that fails.
std::string story_of(std::uint64_t seed) {
    std::vector<std::string> lines;
    const Chaos* chaos = nullptr;
    Chaos again(seed, [&](Topic, std::string_view, const std::string& line) {
        const std::string time =
            chaos == nullptr ? "" : std::to_string(to_milliseconds(chaos->cluster().now())) + " ms ";
        lines.push_back(time + line);
    });
    chaos = &again;
    try {
        again.run();
    } catch (const Violation&) {
    }
    std::string story;
    const std::size_t first = lines.size() > 80 ? lines.size() - 80 : 0;
    for (std::size_t i = first; i < lines.size(); ++i)
        story += lines[i] + "\n";
    return story;
}

TEST(Random, EveryPropertyHoldsUnderChaosAndTheClusterRecovers) {
    const auto previous = std::signal(SIGABRT, tell_seed);
    Checker::Sightings seen;
    std::uint64_t committed = 0;
    const std::uint64_t seeds = seed_count();
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        running_seed = static_cast<std::sig_atomic_t>(seed);
        Chaos chaos(seed, {});
        try {
            chaos.run();
        } catch (const Violation& violation) {
            FAIL() << "seed " << seed << ": " << violation.what() << "\n" << story_of(seed);
        }
        const Checker::Sightings& more = chaos.cluster().checker().sightings();
        seen.leaders += more.leaders;
        seen.truncations += more.truncations;
        seen.overtaken_writes += more.overtaken_writes;
        seen.reads += more.reads;
        seen.installs += more.installs;
        committed += chaos.cluster().checker().committed().size();
    }
    std::signal(SIGABRT, previous);
    RecordProperty("leaders", std::to_string(seen.leaders));
    RecordProperty("committed", std::to_string(committed));
    RecordProperty("truncations", std::to_string(seen.truncations));
    RecordProperty("overtaken_writes", std::to_string(seen.overtaken_writes));
    RecordProperty("reads", std::to_string(seen.reads));
    RecordProperty("installs", std::to_string(seen.installs));
    EXPECT_GT(seen.leaders, 2 * seeds);
    EXPECT_GT(committed, 30 * seeds);
    EXPECT_GT(seen.truncations, seeds / 4);
    EXPECT_GT(seen.overtaken_writes, seeds / 20);
    EXPECT_GT(seen.reads, 4 * seeds);
    EXPECT_GT(seen.installs, seeds / 5);
}

}  // namespace
}  // namespace kvbus::scenario
