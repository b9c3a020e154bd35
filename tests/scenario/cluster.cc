#include "scenario/cluster.h"

#include <algorithm>
#include <utility>

#include "raft/trace.h"

namespace kvbus::scenario {

using raft::number;

namespace {

constexpr Duration fetch_time = std::chrono::milliseconds{1};

raft::Membership members(std::uint64_t count) {
    raft::Membership membership;
    for (std::uint64_t id = 1; id <= count; ++id)
        membership.voters.push_back(NodeId{id});
    return membership;
}

}  // namespace

Cluster::Cluster(const ClusterOptions& options, Narrator narrator)
    : options_(options),
      narrator_(std::move(narrator)),
      membership_(members(options.nodes)),
      disks_(options.nodes),
      processes_(options.nodes),
      network_(options.seed),
      checker_(disks_) {
    for (const NodeId node : membership_.voters)
        restart(node);
}

void Cluster::tell(Topic topic, const auto& line) {
    if (narrator_) narrator_(topic, "", line());
}

void Cluster::tell_message(NodeId from, const raft::Envelope& envelope, std::string_view fate) {
    if (!narrator_) return;
    narrator_(Topic::message, raft::kind_of(envelope.message), text_of(from, envelope) + std::string{fate});
}

void Cluster::refuse(NodeId node, const Error& error) {
    tell(Topic::refusal, [&] { return number(node) + " refuses: " + std::string{name_of(error.code)}; });
}

const raft::Core* Cluster::core(NodeId node) const {
    return processes_[node.value - 1].core.get();
}

raft::Core& Cluster::running(NodeId node) {
    if (!process(node).core) throw Violation(number(node) + " does not run");
    return *process(node).core;
}

// Each node has a clock of its own; only campaign() makes them differ.
Instant Cluster::clock(NodeId node) const {
    return now_ + processes_[node.value - 1].clock_ahead;
}

NodeId Cluster::leader() const {
    NodeId leader;
    Term term;
    for (const NodeId node : membership_.voters) {
        if (!core(node) || core(node)->role().kind != raft::RoleKind::leader) continue;
        if (core(node)->role().term >= term) leader = node;
        term = std::max(term, core(node)->role().term);
    }
    return leader;
}

// Time.

Instant Cluster::next_due(NodeId node) const {
    const Process& process = processes_[node.value - 1];
    if (!process.core) return never;
    Instant due = std::min(process.sync_due, process.core->deadline() - process.clock_ahead);
    due = std::min(due, process.snapshot_due);
    if (!process.fetches.empty()) due = std::min(due, process.fetches.front().first);
    return due;
}

void Cluster::do_next(NodeId node) {
    Process& process = this->process(node);
    if (process.sync_due <= now_) return persist_all(node);
    if (!process.fetches.empty() && process.fetches.front().first <= now_) return answer_fetch(node);
    if (process.snapshot_due <= now_) return install_snapshot(node);
    process.core->tick(clock(node));
    collect(node);
    if (process.core->deadline() <= clock(node))
        throw Violation("the deadline of " + number(node) + " has passed");
}

bool Cluster::run_next(Duration end) {
    const auto next_node =
        std::ranges::min_element(membership_.voters, {}, [&](NodeId node) { return next_due(node); });
    const Instant node_due = next_due(*next_node);
    const Instant message_due = network_.next_due();
    const Instant due = std::min(node_due, message_due);
    if (due > Instant{} + end) {
        now_ = std::max(now_, Instant{} + end);
        return false;
    }
    now_ = std::max(now_, due);
    if (message_due <= node_due) {
        deliver(network_.take_next());
    } else {
        do_next(*next_node);
    }
    return true;
}

void Cluster::run_until(Duration end) {
    while (run_next(end)) {
    }
}

// Inputs.

void Cluster::propose(NodeId node, std::string_view data) {
    const Blob blob = Blob::copy_of(data);
    const auto result = running(node).propose(clock(node), {&blob, 1});
    if (!result.ok()) refuse(node, result.error());
    collect(node);
}

void Cluster::read(NodeId node) {
    const auto result = running(node).read(clock(node));
    if (result.ok()) {
        checker_.read_started(node, *result);
        const std::uint64_t count = read_numbers_.size() + 1;
        read_numbers_.emplace(*result, count);
        tell(Topic::read, [&] { return number(node) + " starts read " + std::to_string(count); });
    } else {
        refuse(node, result.error());
    }
    collect(node);
}

bool Cluster::can_take_snapshot(NodeId node) const {
    const Index last = checker_.applied_by(node);
    if (!core(node) || !last) return false;
    const auto installs = [](const raft::Write& write) { return write.install.has_value(); };
    return std::ranges::none_of(disk(node).in_flight(), installs) &&
           disk(node).durable().id_at(last) == checker_.committed()[last.value - 1].id;
}

void Cluster::take_snapshot(NodeId node, std::uint64_t entries_kept) {
    if (!can_take_snapshot(node)) throw Violation(number(node) + " cannot take a snapshot now");
    raft::Core& core = running(node);
    MemoryDisk& disk = disks_[node.value - 1];
    const Index last = checker_.applied_by(node);
    const raft::SnapshotMeta snapshot{disk.durable().id_at(last), membership_, node, ++snapshots_};
    checker_.published(node, snapshot);
    const raft::EntryId log_start = disk.publish(snapshot, last - std::min(entries_kept, last.value));
    tell(Topic::snapshot, [&] {
        return number(node) + " takes " + raft::describe(snapshot) + ", its log begins after " +
               number(log_start.index);
    });
    core.compacted(clock(node), snapshot, log_start);
    collect(node);
}

void Cluster::campaign(NodeId node) {
    if (running(node).deadline() == never) return;
    const Duration left = running(node).deadline() - clock(node);
    process(node).clock_ahead += std::max(left, Duration{});
    running(node).tick(clock(node));
    collect(node);
}

void Cluster::crash(NodeId node) {
    (void)running(node);
    Process& process = this->process(node);
    process.core.reset();
    process.writes = 0;
    process.fetches.clear();
    process.sync_due = never;
    process.snapshot.reset();
    process.snapshot_due = never;
    disks_[node.value - 1].crash();
    tell(Topic::process, [&] { return number(node) + " crashes"; });
}

void Cluster::restart(NodeId node, Index base) {
    Process& process = this->process(node);
    if (process.core) throw Violation(number(node) + " runs already");
    raft::Config config = options_.config;
    config.self = node;
    config.seed = options_.seed * 1'000 + process.starts;
    if (!options_.timeouts.empty()) {
        config.election_timeout_min = options_.timeouts[node.value - 1];
        config.election_timeout_max = config.election_timeout_min;
    }
    raft::Boot boot = disk(node).boot(membership_, base);
    checker_.restored(node, boot.base.index);
    process.core = std::make_unique<raft::Core>(config, std::move(boot), clock(node));
    if (process.starts++ > 0) tell(Topic::process, [&] { return number(node) + " restarts"; });
    collect(node);
}

void Cluster::lose(NodeId dead) {
    for (const NodeId node : membership_.voters) {
        if (node == dead || !core(node)) continue;
        running(node).peer_lost(clock(node), dead);
        collect(node);
    }
}

void Cluster::deliver(const Flight& flight) {
    const NodeId to = flight.envelope.to;
    if (!core(to)) {
        return tell_message(flight.from, flight.envelope, " (lost: it is down)");
    }
    tell_message(flight.from, flight.envelope, "");
    running(to).step(clock(to), flight.from, flight.envelope.message);
    collect(to);
}

// Outputs.

void Cluster::collect(NodeId node) {
    Process& process = this->process(node);
    raft::Ready ready = process.core->take();
    checker_.core(node, *process.core);
    if (ready.role) {
        tell(Topic::role, [&] { return raft::describe(node, *ready.role); });
        checker_.role(node, *ready.role);
    }
    for (const raft::Envelope& envelope : ready.send)
        send(node, envelope);
    if (ready.write) submit(node, std::move(*ready.write));
    for (const raft::Entry& entry : ready.apply) {
        tell(Topic::apply, [&] { return number(node) + " applies " + raft::describe(entry); });
        checker_.applied(node, process.core->role().term, entry);
    }
    for (const raft::ReadGrant& grant : ready.reads) {
        tell(Topic::read, [&] {
            return number(node) + " grants read " + std::to_string(number_of(grant.id)) + " at index " +
                   number(grant.index);
        });
        checker_.read_granted(node, grant);
    }
    for (const raft::LogFetch& fetch : ready.fetch) {
        tell(Topic::fetch, [&] { return number(node) + " fetches " + raft::describe(fetch); });
        process.fetches.emplace_back(now_ + fetch_time, fetch);
    }
    if (ready.offer) fetch_snapshot(node, *ready.offer);
}

void Cluster::send(NodeId from, const raft::Envelope& envelope) {
    checker_.will_send(from, envelope);
    if (!network_.send(now_, from, envelope)) {
        tell_message(from, envelope, " (lost)");
    }
}

void Cluster::submit(NodeId node, raft::Write write) {
    Process& process = this->process(node);
    if (write.id.value != ++process.writes) throw Violation("a number is left out: " + raft::describe(write));
    checker_.will_submit(node, process.core->role(), write);
    tell(Topic::disk, [&] { return number(node) + " starts " + raft::describe(write); });
    disks_[node.value - 1].submit(std::move(write));
    if (!process.disk_held && process.sync_due == never) process.sync_due = now_ + options_.sync_time;
}

void Cluster::sync(NodeId node, std::size_t writes) {
    MemoryDisk& disk = disks_[node.value - 1];
    raft::WriteId through;
    std::vector<raft::Envelope> promises;
    for (; writes > 0; --writes) {
        const raft::Write write = disk.complete_one();
        through = write.id;
        checker_.completed(node, write);
        tell(Topic::disk, [&] { return number(node) + " has write " + number(write.id) + " on disk"; });
        for (const raft::Envelope& promise : write.then_send)
            send(node, promise);
    }
    if (!through) return;
    running(node).persisted(clock(node), through);
    collect(node);
}

void Cluster::answer_fetch(NodeId node) {
    Process& process = this->process(node);
    const raft::LogFetch fetch = process.fetches.front().second;
    process.fetches.pop_front();
    process.core->fetched(clock(node), fetch, disk(node).read(fetch));
    collect(node);
}

// The latest one; a fetch that is under way goes on while it is offered again.
void Cluster::fetch_snapshot(NodeId node, const raft::SnapshotMeta& offer) {
    Process& process = this->process(node);
    if (process.snapshot == offer) return;
    tell(Topic::snapshot, [&] { return number(node) + " fetches " + raft::describe(offer); });
    process.snapshot = offer;
    process.snapshot_due = now_ + options_.snapshot_time;
}

void Cluster::install_snapshot(NodeId node) {
    Process& process = this->process(node);
    const raft::SnapshotMeta snapshot = *std::exchange(process.snapshot, std::nullopt);
    process.snapshot_due = never;
    const MemoryDisk::Stored& held = disk(snapshot.holder).durable();
    if (!core(snapshot.holder) || !held.snapshot || held.snapshot->id != snapshot.id) {
        return tell(Topic::snapshot,
                    [&] { return number(node) + " cannot have " + raft::describe(snapshot) + " any more"; });
    }
    const bool installed = process.core->install(clock(node), snapshot);
    tell(Topic::snapshot, [&] {
        return number(node) + (installed ? " installs " : " needs no more ") + raft::describe(snapshot);
    });
    collect(node);
}

void Cluster::hold_disk(NodeId node, bool hold) {
    Process& process = this->process(node);
    process.disk_held = hold;
    process.sync_due = hold || disk(node).in_flight().empty() ? never : now_;
}

void Cluster::persist_one(NodeId node) {
    sync(node, 1);
}

void Cluster::persist_all(NodeId node) {
    process(node).sync_due = never;
    sync(node, disk(node).in_flight().size());
}

std::uint64_t Cluster::number_of(raft::ReadId id) const {
    const auto found = read_numbers_.find(id);
    return found == read_numbers_.end() ? 0 : found->second;
}

std::string Cluster::text_of(NodeId from, raft::Envelope envelope) const {
    if (auto* request = std::get_if<raft::ReadRequest>(&envelope.message.body)) {
        request->id = raft::ReadId{number_of(request->id)};
    }
    if (auto* reply = std::get_if<raft::ReadReply>(&envelope.message.body)) {
        reply->id = raft::ReadId{number_of(reply->id)};
    }
    return raft::describe(from, envelope);
}

}  // namespace kvbus::scenario
