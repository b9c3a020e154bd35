// A few nodes in one process, joined by ports that do what the test says: frames go through a queue, disk
// writes finish when asked, replies are kept decoded. Time is a number. One thread.
//
// Always true: a frame that was sent is kept, and may be delivered again; a node that restarts finds what its
// disk had finished, and has a session that none had before.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "node/node.h"
#include "wire/client_frames.h"
#include "wire/peer_frames.h"

namespace kvbus::node::testing {

inline constexpr std::uint64_t no_session = 0;
inline constexpr std::uint64_t a_client = 99;

class FakeDisk final : public Disk {
  public:
    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override { fetches.push_back(fetch); }
    void store(wire::SnapshotChunk chunk) override { chunks[chunk.name] = std::move(chunk.bytes); }
    void publish(wire::SnapshotManifest manifest, Index drop_through) override;
    void load(wire::SnapshotManifest manifest) override { loads.push_back(std::move(manifest)); }
    void discard(std::uint64_t snapshot) override;
    void read(wire::ChunkName chunk) override { reads.push_back(chunk); }
    void mark_corrupt(std::optional<std::string> why) override { corrupt = std::move(why); }
    void dispose(machine::Machine) override {}
    [[nodiscard]] Usage usage() const override { return {.bytes = 0, .free_bytes = free_bytes, .syncs = 0}; }

    raft::WriteId finish();                          // all writes that were submitted
    void finish_snapshots(Instant now, Node& node);  // and all about snapshots, of which it tells the node
    void fetch_all(Instant now, Node& node);
    void crash();  // what is not finished is lost

    [[nodiscard]] Result<machine::Machine> machine_of(const wire::SnapshotManifest& manifest) const;

    struct Log {
        raft::EntryId start;  // the entry before the first
        std::vector<raft::Entry> entries;
        std::optional<wire::SnapshotManifest> snapshot;  // the one that counts
    };
    std::deque<raft::Write> writes;  // not finished yet
    std::vector<raft::LogFetch> fetches;
    Log log;                     // as submitted
    Log durable;                 // as finished
    raft::HardState hard_state;  // as finished
    std::map<wire::ChunkName, std::string> chunks;
    std::deque<std::pair<wire::SnapshotManifest, Index>> publications;  // not finished yet, as the next two
    std::deque<wire::SnapshotManifest> loads;
    std::deque<wire::ChunkName> reads;
    std::map<std::uint64_t, wire::SnapshotManifest> loaded;  // that a write may install
    std::optional<std::string> corrupt;
    std::uint64_t free_bytes = std::uint64_t{1} << 40;
    bool held = false;

  private:
    void change(Log& log, const raft::Write& write) const;
};

class FakeTransport final : public Transport {
  public:
    struct Frame {
        NodeId to;
        std::string bytes;
        Lane lane = Lane::control;
    };
    void send(NodeId to, std::string frame, Lane lane) override;

    std::deque<Frame> frames;  // not delivered yet
    std::vector<Frame> sent;   // all of them
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
    Cluster(int size, Config config);  // what it says of one node in particular is not used

    // Lets every node take its turns, frames arrive and disks finish, until nothing moves.
    void settle();
    void advance(Duration time);  // in steps of a millisecond, settling after each
    void step();                  // a millisecond, in which frames go one hop and each node has one turn
    void elect(int node);         // by silence: only this node's clock runs
    void restart(int node);       // as after a crash; what it had sent and was not delivered is lost

    void request(int node, const std::string& address, const wire::Request& request, bool single = false);
    // The reply to the request of this id, once; aborts the test's expectations when there is none.
    [[nodiscard]] std::vector<wire::Reply> replies(int node, const std::string& address);

    void cut(int node) { cut_.insert(node); }
    void heal() { cut_.clear(); }

    // The frames with such a body that a node has sent, in this life and earlier ones, lost or not.
    template <class Body>
    [[nodiscard]] std::vector<std::string> sent(int node) const;
    void deliver(int to, const std::string& frame) { node(to).peer_frame(now_, frame); }
    [[nodiscard]] std::string frame(int from, int to, const wire::PeerBody& body) const;

    [[nodiscard]] Node& node(int i) { return *members_.at(static_cast<std::size_t>(i - 1))->node; }
    [[nodiscard]] FakeDisk& disk(int i) { return members_.at(static_cast<std::size_t>(i - 1))->disk; }
    [[nodiscard]] FakeTransport& transport(int i) {
        return members_.at(static_cast<std::size_t>(i - 1))->transport;
    }
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
        std::uint64_t lives = 0;
        std::unique_ptr<Node> node;
    };
    void start(int node);
    bool move_once();

    Config config_;  // what is the same for all
    std::vector<std::unique_ptr<OneNode>> members_;
    std::set<int> cut_;
    Instant now_{std::chrono::seconds{1}};
};

template <class Body>
std::vector<std::string> Cluster::sent(int node) const {
    std::vector<std::string> frames;
    for (const auto& frame : members_.at(static_cast<std::size_t>(node - 1))->transport.sent) {
        const auto decoded = wire::decode_peer_frame(frame.bytes);
        if (decoded.ok() && std::holds_alternative<Body>(decoded->body)) frames.push_back(frame.bytes);
    }
    return frames;
}

// The end of a write, as its client sees it; there is one at most.
struct End {
    Code code = Code::ok;
    std::string message;
    Revision revision;
};
[[nodiscard]] std::optional<End> end_of(Cluster& cluster, int node, const std::string& address);

// How often the key was put, as this node has it; 0 when it is not there.
[[nodiscard]] std::uint64_t version_of(Cluster& cluster, int node, std::string_view key);

wire::Request put(std::uint64_t id, std::string_view key, std::string_view value, std::uint64_t client = 0,
                  std::uint64_t sequence = 0);
wire::Request get(std::uint64_t id, std::string_view key, bool serializable = false);

}  // namespace kvbus::node::testing
