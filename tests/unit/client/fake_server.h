// Nodes for a client to talk to over real sockets: each is a ROUTER on a thread of its own, all of one
// cluster answer from the same state machine. Kill one by destroying it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <zmq.h>

#include "machine/machine.h"
#include "wire/client_frames.h"
#include "wire/command_fields.h"

namespace kvbus::client {

// What the nodes of a cluster share.
struct FakeCluster {
    std::mutex mutex;
    machine::Machine machine;
    std::vector<Member> members;
    NodeId leader;
};

class FakeServer {
  public:
    enum class Mode {
        serve,
        swallow,  // requests vanish
        mute,     // they are carried out, and the answers vanish
        overloaded
    };

    // Port 0: a free one.
    FakeServer(FakeCluster& cluster, NodeId node, int port = 0, Mode mode = Mode::serve)
        : cluster_(cluster),
          node_(node),
          context_(zmq_ctx_new()),
          socket_(zmq_socket(context_, ZMQ_ROUTER)),
          mode_(mode) {
        const int linger = 0;
        const int wait_ms = 20;  // how often the thread looks at stopping_
        zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
        zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
        const std::string address = "tcp://127.0.0.1:" + (port == 0 ? "*" : std::to_string(port));
        if (zmq_bind(socket_, address.c_str()) != 0) ADD_FAILURE() << address << ": " << zmq_strerror(errno);
        char bound[256];
        std::size_t size = sizeof bound;
        zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, bound, &size);
        url_ = bound;
        thread_ = std::thread([this] { run(); });
    }
    ~FakeServer() {
        stopping_ = true;
        thread_.join();
        zmq_close(socket_);
        zmq_ctx_term(context_);
    }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] int port() const { return std::stoi(url_.substr(url_.rfind(':') + 1)); }
    void set_mode(Mode mode) { mode_ = mode; }
    void wait_for_write() const { written_.wait(false); }  // until it has carried out one
    [[nodiscard]] std::uint64_t requests() const { return requests_; }
    [[nodiscard]] std::uint64_t frames() const { return frames_; }

  private:
    void run() {
        std::vector<char> buffer(8 << 20);
        while (!stopping_) {
            char route[256];
            const int route_size = zmq_recv(socket_, route, sizeof route, 0);
            if (route_size < 0) continue;
            const int size = zmq_recv(socket_, buffer.data(), buffer.size(), 0);
            ++frames_;
            const std::string replies = answer({buffer.data(), static_cast<std::size_t>(size)});
            if (replies.empty() || mode_ == Mode::mute) continue;
            zmq_send(socket_, route, static_cast<std::size_t>(route_size), ZMQ_SNDMORE);
            zmq_send(socket_, replies.data(), replies.size(), 0);
        }
    }

    std::string answer(std::string_view body) {
        std::string replies;
        for (wire::RequestReader reader(body); !reader.done();) {
            auto request = reader.next();
            ++requests_;
            if (mode_ == Mode::swallow) continue;
            if (auto* good = std::get_if<wire::Request>(&request)) {
                answer(replies, *good);
            } else {
                ADD_FAILURE() << "bad request: " << std::get<wire::BadRequest>(request).error.message;
            }
        }
        return replies;
    }

    void answer(std::string& replies, const wire::Request& request) {
        const std::lock_guard lock(cluster_.mutex);
        wire::ReplyHead head{
            request.id, {}, {ClusterId{9}, node_, 1, cluster_.machine.revision(), cluster_.leader}};
        if (mode_ == Mode::overloaded)
            return wire::append_error_reply(replies, head, Code::overloaded, "busy");
        if (const auto* command = std::get_if<machine::Command>(&request.body)) {
            head.type = wire::type_of(*command);
            wire::append_write_reply(replies, head, cluster_.machine.apply(*command));
            written_ = true;
            written_.notify_all();
        } else if (const auto* range = std::get_if<wire::RangeRequest>(&request.body)) {
            head.type = wire::RequestType::range;
            const auto result = cluster_.machine.range(range->query);
            wire::append_range_reply(replies, head, result, range->query.keys_only);
        } else if (std::holds_alternative<wire::StatusRequest>(request.body)) {
            head.type = wire::RequestType::status;
            wire::NodeStatus status;
            status.name = "n" + std::to_string(node_.value);
            status.role = cluster_.leader == node_ ? "leader" : "follower";
            wire::append_status_reply(replies, head, status);
        } else {
            head.type = wire::RequestType::members;
            wire::append_members_reply(replies, head, cluster_.members);
        }
    }

    FakeCluster& cluster_;
    NodeId node_;
    void* context_;
    void* socket_;
    std::string url_;
    std::atomic<bool> stopping_ = false;
    std::atomic<Mode> mode_;
    std::atomic<bool> written_ = false;
    std::atomic<std::uint64_t> requests_ = 0;
    std::atomic<std::uint64_t> frames_ = 0;
    std::thread thread_;
};

}  // namespace kvbus::client
