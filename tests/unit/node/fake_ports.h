// A few nodes in one process, joined by ports that do what the test says: frames go through a queue, disk
// writes finish when asked, replies are kept decoded. Time is a number.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/node.h"
#include "wire/client_frames.h"

namespace kvbus::node::testing {

class FakeDisk final : public Disk {
  public:
    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override { fetches.push_back(fetch); }
    [[nodiscard]] Usage usage() const override { return {.bytes = 0, .free_bytes = free_bytes, .syncs = 0}; }

    std::deque<raft::Write> writes;  // not finished yet
    std::vector<raft::LogFetch> fetches;
    std::vector<raft::Entry> log;  // as submitted
    std::uint64_t free_bytes = std::uint64_t{1} << 40;
    bool held = false;
};

class FakeTransport final : public Transport {
  public:
    struct Frame {
        NodeId to;
        std::string bytes;
    };
    void send(NodeId to, std::string frame) override { frames.push_back({to, std::move(frame)}); }
    std::deque<Frame> frames;
};

class FakeReplies final : public Replies {
  public:
    void send(const Route& route, std::string body) override;
    std::map<std::string, std::vector<wire::Reply>> by_address;
    std::size_t frames = 0;
};

class Cluster {
  public:
    explicit Cluster(int size, std::uint64_t in_flight_requests_max = 65'536);

    // Lets every node take its turns, frames arrive and disks finish, until nothing moves.
    void settle();
    void advance(Duration time);  // in steps of a millisecond, settling after each
    void elect(int node);         // by silence: only this node's clock runs

    void request(int node, const std::string& address, const wire::Request& request, bool single = false);
    // The reply to the request of this id, once; aborts the test's expectations when there is none.
    [[nodiscard]] std::vector<wire::Reply> replies(int node, const std::string& address);

    void cut(int node) { cut_.insert(node); }
    void heal() { cut_.clear(); }

    [[nodiscard]] Node& node(int i) { return *members_.at(static_cast<std::size_t>(i - 1))->node; }
    [[nodiscard]] FakeDisk& disk(int i) { return members_.at(static_cast<std::size_t>(i - 1))->disk; }
    [[nodiscard]] FakeReplies& reply_port(int i) {
        return members_.at(static_cast<std::size_t>(i - 1))->replies;
    }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] ClusterId cluster() const { return ClusterId{7}; }

  private:
    struct OneNode {
        FakeDisk disk;
        FakeTransport transport;
        FakeReplies replies;
        std::unique_ptr<Node> node;
    };
    bool move_once();

    std::vector<std::unique_ptr<OneNode>> members_;
    std::set<int> cut_;
    Instant now_{std::chrono::seconds{1}};
};

wire::Request put(std::uint64_t id, std::string_view key, std::string_view value, std::uint64_t client = 0,
                  std::uint64_t sequence = 0);
wire::Request get(std::uint64_t id, std::string_view key, bool serializable = false);

}  // namespace kvbus::node::testing
