// Nodes for a client to talk to over real sockets: each is a ROUTER on a thread of its own, all of one
// cluster answer from the same state machine. Kill one by destroying it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <zmq.h>

#include "machine/key_span.h"
#include "machine/machine.h"
#include "wire/client_frames.h"
#include "wire/command_fields.h"
#include "wire/peer_frames.h"
#include "wire/request_type.h"

namespace kvbus::client {

// What the nodes of a cluster share.
struct FakeCluster {
    std::mutex mutex;
    machine::Machine machine;
    std::vector<Member> members;
    NodeId leader;
    std::uint64_t leases = 1000;  // the last id that was drawn
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

    [[nodiscard]] std::size_t watches() const { return watches_; }  // asked for

  private:
    using Clock = std::chrono::steady_clock;

    // A request that waits. `answer` appends a reply once there is one; when out of time there must be.
    struct Held {
        std::string route;
        Clock::time_point until;
        std::function<void(std::string& replies, bool out_of_time)> answer;
    };

    void run() {
        std::vector<char> buffer(8 << 20);
        while (!stopping_) {
            char route[256];
            const int route_size = zmq_recv(socket_, route, sizeof route, 0);
            if (route_size >= 0) {
                route_.assign(route, static_cast<std::size_t>(route_size));
                const int size = zmq_recv(socket_, buffer.data(), buffer.size(), 0);
                ++frames_;
                send(route_, answer({buffer.data(), static_cast<std::size_t>(size)}));
            }
            answer_held();
        }
    }

    void send(const std::string& route, const std::string& replies) {
        if (replies.empty() || mode_ == Mode::mute) return;
        zmq_send(socket_, route.data(), route.size(), ZMQ_SNDMORE);
        zmq_send(socket_, replies.data(), replies.size(), 0);
    }

    void answer_held() {
        const auto now = Clock::now();
        std::erase_if(held_, [&](Held& held) {
            std::string replies;
            {
                const std::lock_guard lock(cluster_.mutex);
                held.answer(replies, now >= held.until);
            }
            send(held.route, replies);
            return !replies.empty();
        });
    }

    void hold(const wire::Request& request, std::function<void(std::string&, bool)> answer) {
        held_.push_back(
            {route_, Clock::now() + std::chrono::milliseconds{request.timeout_ms}, std::move(answer)});
    }

    wire::ReplyHead head(const wire::Request& request) const {
        return {request.id,
                wire::type_of(request),
                {ClusterId{9}, node_, 1, cluster_.machine.revision(), cluster_.leader}};
    }

    // As a node: what there is at once, else whatever comes in time.
    void watch(const wire::Request& request, wire::WatchRequest watch) {
        ++watches_;
        if (!watch.from) {
            watch.from = Revision{cluster_.machine.revision().value + 1};
            watch.no_wait = true;
        }
        hold(request, [this, request, watch, key = std::string(watch.key),
                       range_end = std::string(watch.range_end)](std::string& replies, bool out_of_time) {
            const machine::KeySpan span{key, range_end};
            if (watch.from <= cluster_.machine.compacted()) {
                const Revision first{cluster_.machine.compacted().value + 1};
                return wire::append_error_reply(replies, head(request), Code::compacted, "compacted", first);
            }
            wire::WatchReplyBuilder reply;
            cluster_.machine.visit_events(watch.from, [&](const machine::Event& event) {
                const bool wanted = event.is_put ? !watch.no_put : !watch.no_delete;
                if (wanted && span.contains(event.record.key)) reply.add(event, watch);
                return true;
            });
            if (reply.events() == 0 && !out_of_time && !watch.no_wait) return;
            const Revision next{std::max(watch.from.value, cluster_.machine.revision().value + 1)};
            reply.append_to(replies, head(request), next, 0);
        });
    }

    void campaign(const wire::Request& request, const machine::Outcome& outcome, std::string_view name) {
        const auto* place = std::get_if<machine::CampaignAnswer>(&outcome.answer->body);
        hold(request, [this, request, outcome, name = std::string(name), key = place->key](
                          std::string& replies, bool out_of_time) {
            const auto first = cluster_.machine.first_of_line(name);
            const machine::RangeResult place = cluster_.machine.range({.key = key});
            if (place.records.empty())
                return wire::append_error_reply(replies, head(request), Code::place_lost, "gone");
            if (first && first->key == key) return wire::append_write_reply(replies, head(request), outcome);
            if (out_of_time) wire::append_error_reply(replies, head(request), Code::not_first, "not first");
        });
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
        if (mode_ == Mode::overloaded)
            return wire::append_error_reply(replies, head(request), Code::overloaded, "busy");
        if (const auto* command = std::get_if<machine::Command>(&request.body)) {
            machine::Command drawn = *command;
            if (auto* grant = std::get_if<machine::LeaseGrant>(&drawn.operation); grant && !grant->lease)
                grant->lease = LeaseId{++cluster_.leases};
            const machine::Outcome outcome = cluster_.machine.apply(drawn);
            const wire::ReplyHead head = this->head(request);
            written_ = true;
            written_.notify_all();
            if (outcome.code != Code::ok)
                return wire::append_error_reply(replies, head, outcome.code, "refused by the machine");
            if (const auto* line = std::get_if<machine::Campaign>(&command->operation))
                return campaign(request, outcome, line->name);
            wire::append_write_reply(replies, head, outcome);
            return;
        }
        const wire::ReplyHead head = this->head(request);
        if (const auto* range = std::get_if<wire::RangeRequest>(&request.body)) {
            const auto result = cluster_.machine.range(range->query);
            if (result.code != Code::ok)
                return wire::append_error_reply(replies, head, result.code, "refused by the machine");
            wire::append_range_reply(replies, head, result, range->query.keys_only);
        } else if (const auto* watched = std::get_if<wire::WatchRequest>(&request.body)) {
            watch(request, *watched);
        } else if (const auto* lease = std::get_if<wire::LeaseStatusRequest>(&request.body)) {
            const auto status = cluster_.machine.lease(lease->lease, lease->with_keys);
            if (!status) return wire::append_error_reply(replies, head, Code::lease_not_found, "no lease");
            wire::append_lease_status_reply(replies, head, *status);
        } else if (std::holds_alternative<wire::LeasesRequest>(request.body)) {
            wire::append_leases_reply(replies, head, cluster_.machine.leases());
        } else if (const auto* snapshot = std::get_if<wire::SnapshotRequest>(&request.body)) {
            // Not there yet, the first time.
            wire::append_snapshot_reply(replies, head, Index{5}, snapshot->at_least ? "manifest" : "");
        } else if (const auto* chunk = std::get_if<wire::SnapshotChunkRequest>(&request.body)) {
            const bool found = chunk->chunk.number == 0;
            wire::append_snapshot_chunk_reply(
                replies, head,
                {.found = found, .bytes = found ? "bytes" : "", .hash = chunk->chunk.snapshot});
        } else if (std::holds_alternative<wire::StatusRequest>(request.body)) {
            wire::NodeStatus status;
            status.name = "n" + std::to_string(node_.value);
            status.role = cluster_.leader == node_ ? "leader" : "follower";
            wire::append_status_reply(replies, head, status);
        } else {
            wire::append_members_reply(replies, head, cluster_.members);
        }
    }

    FakeCluster& cluster_;
    NodeId node_;
    void* context_;
    void* socket_;
    std::string route_;  // of the request that is being answered
    std::list<Held> held_;
    std::atomic<std::size_t> watches_ = 0;
    std::string url_;
    std::atomic<bool> stopping_ = false;
    std::atomic<Mode> mode_;
    std::atomic<bool> written_ = false;
    std::atomic<std::uint64_t> requests_ = 0;
    std::atomic<std::uint64_t> frames_ = 0;
    std::thread thread_;
};

}  // namespace kvbus::client
