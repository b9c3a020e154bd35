#include "unit/node/fake_ports.h"

#include <utility>

#include <gtest/gtest.h>

namespace kvbus::node::testing {
namespace {

// Up to `through`, which the log holds.
void drop(FakeDisk::Log& log, Index through) {
    if (through <= log.start.index) return;
    const auto last = log.entries.begin() + static_cast<std::ptrdiff_t>(through - log.start.index);
    log.start = std::prev(last)->id;
    log.entries.erase(log.entries.begin(), last);
}

}  // namespace

void FakeDisk::change(Log& log, const raft::Write& write) const {
    if (write.install) {
        const raft::EntryId last = write.install->snapshot.last;
        if (write.install->keeps_log) {
            drop(log, last.index);
        } else {
            log = {.start = last, .entries = {}, .snapshot = {}};
        }
        log.snapshot = loaded.at(write.install->snapshot.id);
    }
    if (write.truncate_from) log.entries.resize(*write.truncate_from - log.start.index - 1);
    log.entries.insert(log.entries.end(), write.append.begin(), write.append.end());
}

void FakeDisk::submit(raft::Write write) {
    EXPECT_TRUE(write.then_send.empty()) << "promises stay with the node";
    EXPECT_FALSE(write.only_promises()) << "nothing to store";
    change(log, write);
    writes.push_back(std::move(write));
}

raft::WriteId FakeDisk::finish() {
    const auto through = writes.back().id;
    for (const auto& write : std::exchange(writes, {})) {
        change(durable, write);
        if (write.hard_state) hard_state = *write.hard_state;
    }
    return through;
}

void FakeDisk::publish(wire::SnapshotManifest manifest, Index drop_through) {
    publications.emplace_back(std::move(manifest), drop_through);
}

void FakeDisk::discard(std::uint64_t snapshot) {
    std::erase_if(chunks, [&](const auto& chunk) { return chunk.first.snapshot == snapshot; });
}

void FakeDisk::finish_snapshots(Instant now, Node& node) {
    for (auto& [manifest, drop_through] : std::exchange(publications, {})) {
        for (Log* side : {&log, &durable}) {
            drop(*side, drop_through);
            side->snapshot = manifest;
        }
        node.published(now, manifest, durable.start);
    }
    for (auto& manifest : std::exchange(loads, {})) {
        loaded[manifest.meta.id] = manifest;
        node.loaded(now, manifest, machine_of(manifest));
    }
    for (const auto& name : std::exchange(reads, {})) {
        const bool counts = durable.snapshot && durable.snapshot->meta.id == name.snapshot;
        const auto found = chunks.find(name);
        node.chunk_read(now, {name, counts && found != chunks.end() ? found->second : std::string{}});
    }
}

void FakeDisk::fetch_all(Instant now, Node& node) {
    for (const raft::LogFetch& fetch : std::exchange(fetches, {})) {
        std::vector<raft::Entry> found;
        for (const raft::Entry& entry : durable.entries) {
            if (fetch.first > durable.start.index && entry.id.index >= fetch.first &&
                entry.id.index <= fetch.last)
                found.push_back(entry);
        }
        node.fetched(now, fetch, std::move(found));
    }
}

Result<machine::Machine> FakeDisk::machine_of(const wire::SnapshotManifest& manifest) const {
    wire::ImageReader reader(machine::Limits{}, manifest);
    for (const auto& [name, bytes] : chunks) {
        if (name.snapshot != manifest.meta.id) continue;
        if (auto added = reader.add(name, bytes); !added.ok()) return added.error();
    }
    return reader.finish();
}

void FakeDisk::crash() {
    writes.clear();
    fetches.clear();
    publications.clear();
    loads.clear();
    reads.clear();
    log = durable;
}

void FakeTransport::send(NodeId to, std::string frame, Lane lane) {
    sent.push_back({to, frame, lane});
    frames.push_back({to, std::move(frame), lane});
}

void FakeReplies::send(const Route& route, std::string body) {
    ++frames;
    for (wire::ReplyReader reader(body); !reader.done();) {
        auto reply = reader.next();
        ASSERT_TRUE(reply.ok()) << reply.error().message;
        by_address[std::string(route.address.view())].push_back(std::move(*reply));
    }
}

Cluster::Cluster(int size, std::uint64_t in_flight_requests_max)
    : Cluster(size, Config{.in_flight_requests_max = in_flight_requests_max}) {}

Cluster::Cluster(int size, Config config) : config_(std::move(config)) {
    config_.cluster = cluster();
    for (int i = 1; i <= size; ++i) {
        const auto name = "n" + std::to_string(i);
        config_.members.push_back(
            {NodeId{static_cast<std::uint64_t>(i)}, name, "tcp://" + name + ":4371", {}});
        members_.push_back(std::make_unique<OneNode>());
    }
    for (int i = 1; i <= size; ++i)
        start(i);
}

void Cluster::start(int i) {
    auto& member = *members_.at(static_cast<std::size_t>(i - 1));
    Config config = config_;
    config.self = config.members.at(static_cast<std::size_t>(i - 1)).id;
    config.name = "n" + std::to_string(i);
    config.client_url = "tcp://" + config.name + ":4370";
    config.session = ClientId{config.self.value * 1'000'000'000 + ++member.lives * 1'000'000};
    config.raft.self = config.self;
    config.raft.seed = static_cast<std::uint64_t>(i);
    Boot boot{.machine = machine::Machine(config.machine)};
    const auto& stored = member.disk.durable;
    boot.raft.hard_state = member.disk.hard_state;
    boot.raft.entries = stored.entries;
    boot.raft.base = boot.raft.log_start = stored.start;
    if (stored.snapshot) {
        boot.snapshot = stored.snapshot;
        boot.raft.snapshot = stored.snapshot->meta;
        boot.raft.base = stored.snapshot->meta.last;
        const auto covered = static_cast<std::ptrdiff_t>(boot.raft.base.index - stored.start.index);
        boot.raft.entries.erase(boot.raft.entries.begin(), boot.raft.entries.begin() + covered);
        auto machine = member.disk.machine_of(*stored.snapshot);
        ASSERT_TRUE(machine.ok()) << machine.error().message;
        boot.machine = std::move(*machine);
    }
    boot.corrupt = member.disk.corrupt;
    for (const auto& voter : config.members)
        boot.raft.membership.voters.push_back(voter.id);
    member.node = std::make_unique<Node>(config, std::move(boot),
                                         Ports{member.transport, member.disk, member.replies}, now_);
}

void Cluster::restart(int i) {
    auto& member = *members_.at(static_cast<std::size_t>(i - 1));
    member.node.reset();
    member.disk.crash();
    member.transport.frames.clear();
    start(i);
}

bool Cluster::move_once() {
    bool moved = false;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        auto& from = *members_[i];
        for (auto& frame : std::exchange(from.transport.frames, {})) {
            moved = true;
            const auto to = static_cast<int>(frame.to.value);
            if (cut_.contains(to) || cut_.contains(static_cast<int>(i) + 1)) continue;
            node(to).peer_frame(now_, frame.bytes);
        }
        if (from.disk.held) continue;
        moved |= !from.disk.publications.empty() || !from.disk.loads.empty() || !from.disk.reads.empty();
        from.disk.finish_snapshots(now_, *from.node);
        from.disk.fetch_all(now_, *from.node);
        if (from.disk.writes.empty()) continue;
        moved = true;
        from.node->persisted(now_, from.disk.finish());
    }
    for (auto& member : members_)
        member->node->turn(now_);
    return moved;
}

void Cluster::settle() {
    for (int rounds = 0; rounds < 1000; ++rounds) {
        if (!move_once() && !move_once()) return;
    }
    ADD_FAILURE() << "the cluster does not come to rest";
}

void Cluster::advance(Duration time) {
    for (const auto end = now_ + time; now_ < end;) {
        now_ += std::chrono::milliseconds{1};
        settle();
    }
}

void Cluster::step() {
    now_ += std::chrono::milliseconds{1};
    (void)move_once();
}

void Cluster::elect(int leader) {
    for (int ms = 0; ms < 2000 && node(leader).core().role().kind != raft::RoleKind::leader; ++ms) {
        now_ += std::chrono::milliseconds{1};
        node(leader).turn(now_);
        for (int rounds = 0; rounds < 20; ++rounds) {
            bool moved = false;
            for (std::size_t i = 0; i < members_.size(); ++i) {
                auto& member = *members_[i];
                // The others answer, but their own clocks stand still: no rival stands for election.
                for (auto& frame : std::exchange(member.transport.frames, {})) {
                    moved = true;
                    node(static_cast<int>(frame.to.value))
                        .peer_frame(Instant{std::chrono::seconds{1}}, frame.bytes);
                }
                if (!member.disk.writes.empty()) {
                    const auto through = member.disk.finish();
                    member.node->persisted(
                        static_cast<int>(i) + 1 == leader ? now_ : Instant{std::chrono::seconds{1}}, through);
                }
                member.node->turn(static_cast<int>(i) + 1 == leader ? now_
                                                                    : Instant{std::chrono::seconds{1}});
            }
            if (!moved) break;
        }
    }
    settle();
    advance(std::chrono::milliseconds{120});
    ASSERT_EQ(node(leader).core().role().kind, raft::RoleKind::leader);
}

std::string Cluster::frame(int from, int to, const wire::PeerBody& body) const {
    const auto id = [](int node) { return NodeId{static_cast<std::uint64_t>(node)}; };
    return wire::encode_peer_frame({.cluster = cluster(), .group = {}, .from = id(from), .to = id(to)}, body);
}

void Cluster::request(int i, const std::string& address, const wire::Request& request, bool single) {
    std::string body;
    wire::append_request(body, request);
    node(i).client_frame(now_, {Blob::copy_of(address), single}, body);
}

std::vector<wire::Reply> Cluster::replies(int i, const std::string& address) {
    return std::exchange(reply_port(i).by_address[address], {});
}

std::optional<End> end_of(Cluster& cluster, int node, const std::string& address) {
    const auto replies = cluster.replies(node, address);
    EXPECT_LE(replies.size(), 1U) << "answered twice";
    if (replies.empty()) return std::nullopt;
    if (const auto* error = std::get_if<Error>(&replies[0].body)) return End{error->code, error->message, {}};
    return End{Code::ok, {}, std::get<machine::Outcome>(replies[0].body).revision};
}

std::uint64_t version_of(Cluster& cluster, int node, std::string_view key) {
    const auto range = cluster.node(node).machine().range({.key = key});
    return range.records.empty() ? 0 : range.records[0].version;
}

wire::Request put(std::uint64_t id, std::string_view key, std::string_view value, std::uint64_t client,
                  std::uint64_t sequence) {
    return {.id = id,
            .timeout_ms = 0,
            .body = machine::Command{ClientId{client}, Sequence{sequence}, Sequence{sequence},
                                     machine::Put{key, value}}};
}

wire::Request get(std::uint64_t id, std::string_view key, bool serializable) {
    return {.id = id,
            .timeout_ms = 0,
            .body = wire::RangeRequest{.query = {.key = key}, .serializable = serializable}};
}

}  // namespace kvbus::node::testing
