#include "sim/replica.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "node/apply.h"
#include "raft/state.h"
#include "scenario/violation.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using std::chrono::microseconds;

constexpr std::int64_t million = 1'000'000;

}  // namespace

Replica::Replica(NodeId id, Environment environment, scenario::MemoryDisk& image)
    : id_(id),
      environment_(std::move(environment)),
      disk_(id, environment_.plan, environment_.agenda, environment_.checker, image,
            {.submitting =
                 [this](const raft::Write& write) { environment_.checker.will_submit(id_, *node_, write); },
             .publishing =
                 [this](const wire::SnapshotManifest& manifest) {
                     environment_.checker.will_publish(id_, *node_, manifest);
                 },
             .persisted =
                 [this](raft::WriteId through) {
                     give([this, through] { node_->persisted(clock(), through); });
                 },
             .fetched =
                 [this](const raft::LogFetch& fetch, std::vector<raft::Entry> entries) {
                     give([this, fetch, entries = std::move(entries)] {
                         node_->fetched(clock(), fetch, entries);
                     });
                 },
             .published =
                 [this](const wire::SnapshotManifest& manifest, raft::EntryId log_start) {
                     give([this, manifest, log_start] { node_->published(clock(), manifest, log_start); });
                 },
             .loaded = [this](const wire::SnapshotManifest& manifest,
                              Result<machine::Machine> machine) { loaded(manifest, std::move(machine)); },
             .chunk_read =
                 [this](wire::SnapshotChunk chunk) {
                     give([this, chunk = std::move(chunk)] { node_->chunk_read(clock(), chunk); });
                 },
             .failed = [this](Duration down) { environment_.process_died(id_, down); }}),
      random_(stream(environment_.plan.seed, Use::process, id.value)) {
    if (const auto max = static_cast<std::int64_t>(environment_.plan.clock_drift_ppm_max); max > 0)
        drift_ppm_ = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * max + 1))) - max;
    clock_offset_ = std::chrono::seconds{1 + random_.below(1'000'000)};
}

// Every machine has a monotonic clock of its own: it begins anywhere and runs a little fast or slow.
Instant Replica::clock() const {
    const Duration elapsed = environment_.agenda.now() - Instant{};
    return Instant{} + clock_offset_ + elapsed + elapsed * drift_ppm_ / million;
}

// When that clock will have reached `local`.
Instant Replica::when(Instant local) const {
    const Duration left = std::max(Duration{}, local - clock());
    return environment_.agenda.now() + left * million / (million + drift_ppm_) + Duration{1};
}

node::Config Replica::config() const {
    const Plan& plan = environment_.plan;
    node::Config config;
    config.cluster = ClusterId{7};
    config.self = id_;
    config.members = environment_.members;
    const Member& self = config.members.at(id_.value - 1);
    config.session = ClientId{stream(plan.seed, Use::session, id_.value * 100'000 + lives_).next() | 1};
    config.name = self.name;
    config.client_url = self.client_url;
    for (Member& member : config.members)
        if (member.id != id_) member.client_url.clear();
    config.raft.self = id_;
    config.raft.heartbeat_interval = microseconds{plan.heartbeat_us};
    config.raft.election_timeout_min = microseconds{plan.election_us};
    config.raft.election_timeout_max = microseconds{2 * plan.election_us};
    config.raft.append_bytes_max = plan.append_bytes_max;
    config.raft.follower_window_bytes = plan.follower_window_bytes;
    config.raft.log_window_bytes = plan.log_window_bytes;
    config.raft.uncommitted_bytes_max = plan.uncommitted_bytes_max;
    config.raft.seed = plan.seed * 1'000'003 + lives_;
    config.machine = machine_limits(plan);
    config.snapshots.log_bytes_min = plan.snapshot_log_bytes;
    config.snapshots.log_percent = plan.snapshot_log_percent;
    config.snapshots.log_bytes_kept = plan.log_kept_bytes;
    config.snapshots.parts_per_turn = plan.snapshot_parts_per_turn;
    config.snapshots.chunk_bytes = plan.snapshot_chunk_bytes;
    config.in_flight_requests_max = plan.in_flight_requests_max;
    config.request_timeout = microseconds{plan.request_timeout_us};
    return config;
}

void Replica::start() {
    if (is_up() || damaged_) return;
    ++lives_;
    node::Boot boot = this->boot();
    const Index base = boot.raft.base.index;
    node_ =
        std::make_unique<node::Node>(config(), std::move(boot), node::Ports{*this, disk_, *this}, clock());
    environment_.checker.booted(id_, *node_, base);
    plan_turn(environment_.agenda.now());
}

// Everything that is known to be committed counts as applied.
node::Boot Replica::boot() {
    auto found = disk_.recover();
    if (!found.ok()) throw Violation(std::to_string(id_.value) + " cannot start: " + found.error().message);
    raft::Membership membership;
    for (const Member& member : environment_.members)
        membership.voters.push_back(member.id);
    const scenario::MemoryDisk::Stored& stored = disk_.image().durable();
    node::Boot boot{.raft = disk_.image().boot(membership, stored.hard_state.commit),
                    .machine = std::move(found->machine),
                    .snapshot = found->snapshot,
                    .corrupt = disk_.corrupt()};
    const Index covered = boot.snapshot ? boot.snapshot->meta.last.index : Index{};
    for (Index index = covered + 1; index <= boot.raft.base.index; index = index + 1) {
        boot.log_bytes += stored.at(index).data.size();
        KV_CHECK(node::apply_entry(boot.machine, stored.at(index)).ok(), "what was committed can be applied");
    }
    return boot;
}

void Replica::kill() {
    if (!is_up()) return;
    node_.reset();
    disk_.crash();
    paused_until_ = {};
    waiting_.clear();
    turn_due_ = never;
    ++turn_;
}

void Replica::pause(Instant until) {
    if (!is_up() || until <= paused_until_) return;
    paused_until_ = until;
    environment_.agenda.at(until, [this] {
        if (environment_.agenda.now() >= paused_until_) resume();
    });
}

void Replica::resume() {
    paused_until_ = {};
    if (is_up() && node_->stood_still(clock())) {
        waiting_.clear();
        return environment_.process_died(id_, Duration{});
    }
    for (const auto& input : std::exchange(waiting_, {}))
        input();
    if (is_up()) plan_turn(environment_.agenda.now());
}

void Replica::repair() {
    disk_.repair();
    resume();
}

template <class Input>
void Replica::give(Input input) {
    if (!is_up()) return;
    if (environment_.agenda.now() < paused_until_) {
        waiting_.push_back(std::move(input));
        return;
    }
    input();
    plan_turn(environment_.agenda.now() + time_of_a_turn());
}

// In which inputs gather for the next.
Duration Replica::time_of_a_turn() {
    return microseconds{random_.below(environment_.plan.turn_us_max + 1)};
}

void Replica::peer_frame(std::string frame) {
    give([this, frame = std::move(frame)] { node_->peer_frame(clock(), frame); });
}

void Replica::loaded(const wire::SnapshotManifest& manifest, Result<machine::Machine> machine) {
    give([this, manifest, machine = std::make_shared<Result<machine::Machine>>(std::move(machine))] {
        node_->loaded(clock(), manifest, std::move(*machine));
        environment_.checker.loaded(id_, *node_);
    });
}

void Replica::client_frame(std::string connection, bool single, std::string frame) {
    give([this, single, connection = std::move(connection), frame = std::move(frame)] {
        node_->client_frame(clock(), {Blob::copy_of(connection), single}, frame);
    });
}

void Replica::peer_lost(NodeId peer) {
    give([this, peer] { node_->peer_lost(clock(), peer); });
}

void Replica::plan_turn(Instant due) {
    if (due >= turn_due_) return;
    turn_due_ = due;
    environment_.agenda.at(due, [this, turn = ++turn_] {
        if (turn == turn_ && is_up()) this->turn();
    });
}

void Replica::turn() {
    turn_due_ = never;
    if (environment_.agenda.now() < paused_until_) return;
    node_->turn(clock());
    environment_.checker.turned(id_, *node_);
    plan_deadline();
}

void Replica::plan_deadline() {
    const Instant deadline = node_->deadline();
    if (deadline <= clock()) return plan_turn(environment_.agenda.now() + time_of_a_turn());
    if (deadline < never) plan_turn(when(deadline));
}

void Replica::send(NodeId to, std::string frame, node::Lane lane) {
    environment_.checker.will_send(id_, *node_, to, frame);
    environment_.send(id_, to, std::move(frame), lane);
}

void Replica::send(const node::Route& route, std::string body) {
    environment_.reply(id_, route.address.view(), std::move(body));
}

}  // namespace kvbus::sim
