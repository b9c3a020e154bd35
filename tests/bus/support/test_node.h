// A bus in a thread of its own, with a handler that records what it gets. Members are for the test's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "bus/loop.h"
#include "bus/support/await.h"
#include "bus/support/reserved_port.h"

namespace kvbus::bus::test {

struct Request {
    node::Route route;
    std::string body;
};

// What a handler was told.
struct Record {
    std::vector<Request> requests;
    std::vector<std::string> peer_frames;
    std::vector<NodeId> lost;
    std::uint64_t bad_client_frames = 0;
    std::uint64_t bad_peer_frames = 0;
    std::uint64_t turns = 0;
    std::uint64_t inputs_since_turn = 0;
    std::uint64_t inputs_per_turn_max = 0;  // frames of either kind
    std::vector<Instant> turn_times;        // of the first thousand
    Instant last_turn;
};

class TestNode {
  public:
    struct Options {
        NodeId self{1};
        std::vector<Member> peers;
        bool echo = false;                         // answers every request with its body
        std::function<Instant(Instant)> deadline;  // after a turn at the given time; default: never
        int io_threads = 1;
        std::shared_ptr<ReservedPort> peer_port;  // one of its own when empty
    };
    TestNode() : TestNode(Options{}) {}
    explicit TestNode(Options options);
    ~TestNode();
    TestNode(const TestNode&) = delete;
    TestNode& operator=(const TestNode&) = delete;

    [[nodiscard]] std::string client_url() const { return client_port_.url(); }
    [[nodiscard]] std::string peer_url() const { return peer_port_->url(); }
    [[nodiscard]] std::uint16_t client_port() const { return client_port_.number(); }
    [[nodiscard]] std::uint16_t peer_port() const { return peer_port_->number(); }

    // Waits until the record is as wanted; false after the deadline.
    [[nodiscard]] bool await_record(const std::function<bool(const Record&)>& condition);
    [[nodiscard]] Record record();

    void on_loop(const std::function<void(Loop&)>& action);  // runs it in the loop thread, and waits for it
    [[nodiscard]] LoopStats stats();
    [[nodiscard]] bool await_stats(const std::function<bool(const LoopStats&)>& condition);
    void send_to_peer(NodeId peer, const std::string& frame, node::Lane lane = node::Lane::control);
    void reply(const node::Route& route, const std::string& body);

  private:
    class Recorder;

    ReservedPort client_port_;
    std::shared_ptr<ReservedPort> peer_port_;
    Mailbox<std::function<void()>> actions_{1024};
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<Recorder> recorder_;
    std::thread thread_;
};

// A member of which the bus needs no more than this.
[[nodiscard]] Member peer(NodeId id, std::string url);

}  // namespace kvbus::bus::test
