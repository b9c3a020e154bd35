#include "unit/node/fake_ports.h"

#include <utility>

#include <gtest/gtest.h>

namespace kvbus::node::testing {

void FakeDisk::submit(raft::Write write) {
    EXPECT_TRUE(write.then_send.empty()) << "promises stay with the node";
    EXPECT_FALSE(write.only_promises()) << "nothing to store";
    if (write.truncate_from) log.resize(write.truncate_from->value - 1);
    log.insert(log.end(), write.append.begin(), write.append.end());
    writes.push_back(std::move(write));
}

void FakeReplies::send(const Route& route, std::string body) {
    ++frames;
    for (wire::ReplyReader reader(body); !reader.done();) {
        auto reply = reader.next();
        ASSERT_TRUE(reply.ok()) << reply.error().message;
        by_address[std::string(route.address.view())].push_back(std::move(*reply));
    }
}

Cluster::Cluster(int size, std::uint64_t in_flight_requests_max) {
    Config config;
    config.cluster = cluster();
    config.in_flight_requests_max = in_flight_requests_max;
    raft::Membership membership;
    for (int i = 1; i <= size; ++i) {
        const NodeId id{static_cast<std::uint64_t>(i)};
        const auto name = "n" + std::to_string(i);
        config.members.push_back({id, name, "tcp://" + name + ":4371", {}});
        membership.voters.push_back(id);
    }
    for (int i = 1; i <= size; ++i) {
        auto member = std::make_unique<OneNode>();
        config.self = NodeId{static_cast<std::uint64_t>(i)};
        config.name = "n" + std::to_string(i);
        config.client_url = "tcp://" + config.name + ":4370";
        config.raft.self = config.self;
        config.raft.seed = static_cast<std::uint64_t>(i);
        Boot boot{.raft = {.hard_state = {}, .membership = membership, .base = {}, .entries = {}}};
        member->node = std::make_unique<Node>(config, std::move(boot),
                                              Ports{member->transport, member->disk, member->replies}, now_);
        members_.push_back(std::move(member));
    }
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
        if (from.disk.held || from.disk.writes.empty()) continue;
        moved = true;
        const auto through = from.disk.writes.back().id;
        from.disk.writes.clear();
        from.node->persisted(now_, through);
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
                    const auto through = member.disk.writes.back().id;
                    member.disk.writes.clear();
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

void Cluster::request(int i, const std::string& address, const wire::Request& request, bool single) {
    std::string body;
    wire::append_request(body, request);
    node(i).client_frame(now_, {Blob::copy_of(address), single}, body);
}

std::vector<wire::Reply> Cluster::replies(int i, const std::string& address) {
    return std::exchange(reply_port(i).by_address[address], {});
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
            .body = wire::RangeRequest{.key = key, .range_end = {}, .serializable = serializable}};
}

}  // namespace kvbus::node::testing
