#include "bus/support/test_node.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace kvbus::bus::test {

class TestNode::Recorder final : public Handler {
  public:
    Recorder(Loop& loop, bool echo, std::function<Instant(Instant)> next_deadline)
        : loop_(loop), echo_(echo), next_deadline_(std::move(next_deadline)) {
        if (next_deadline_) deadline_ = next_deadline_(monotonic_now());
    }

    void client_frame(Instant, const node::Route& route, std::string_view body) override {
        if (echo_) loop_.replies().send(route, std::string(body));
        change([&](Record& record) {
            record.requests.push_back({route, std::string(body)});
            ++record.inputs_since_turn;
        });
    }
    void peer_frame(Instant, std::string_view frame) override {
        change([&](Record& record) {
            record.peer_frames.emplace_back(frame);
            ++record.inputs_since_turn;
        });
    }
    void bad_client_frame() override {
        change([](Record& record) { ++record.bad_client_frames; });
    }
    void bad_peer_frame() override {
        change([](Record& record) { ++record.bad_peer_frames; });
    }
    void peer_lost(Instant, NodeId peer) override {
        change([&](Record& record) { record.lost.push_back(peer); });
    }
    void turn(Instant now) override {
        change([&](Record& record) {
            ++record.turns;
            record.last_turn = now;
            if (record.turn_times.size() < 1000) record.turn_times.push_back(now);
            record.inputs_per_turn_max = std::max(record.inputs_per_turn_max, record.inputs_since_turn);
            record.inputs_since_turn = 0;
        });
        if (next_deadline_) deadline_ = next_deadline_(now);
    }
    [[nodiscard]] Instant deadline() const override { return deadline_; }

    [[nodiscard]] bool await_record(const std::function<bool(const Record&)>& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return condition(record_); });
    }
    [[nodiscard]] Record record() {
        const std::lock_guard lock(mutex_);
        return record_;
    }

  private:
    template <class Change>
    void change(Change apply) {
        {
            const std::lock_guard lock(mutex_);
            apply(record_);
        }
        changed_.notify_all();
    }

    Loop& loop_;
    const bool echo_;
    const std::function<Instant(Instant)> next_deadline_;
    Instant deadline_ = never;
    std::mutex mutex_;
    std::condition_variable changed_;
    Record record_;
};

TestNode::TestNode(Options options)
    : peer_port_(options.peer_port ? options.peer_port : std::make_shared<ReservedPort>()) {
    BusOptions bus{.listen_client = client_url(),
                   .listen_peer = peer_url(),
                   .self = options.self,
                   .members = {peer(options.self, peer_url())},
                   .io_threads = options.io_threads};
    bus.members.insert(bus.members.end(), options.peers.begin(), options.peers.end());
    auto opened = Loop::open(bus);
    KV_CHECK(opened.ok(), opened.error().message);
    loop_ = std::move(*opened);
    loop_->add_source(actions_.fd(), [this] {
        for (const auto& action : actions_.take_all())
            action();
    });
    recorder_ = std::make_unique<Recorder>(*loop_, options.echo, std::move(options.deadline));
    thread_ = std::thread([this] { loop_->run(*recorder_); });
}

TestNode::~TestNode() {
    on_loop([](Loop& loop) { loop.stop(); });
    thread_.join();
}

bool TestNode::await_record(const std::function<bool(const Record&)>& condition) {
    return recorder_->await_record(condition);
}

Record TestNode::record() {
    return recorder_->record();
}

void TestNode::on_loop(const std::function<void(Loop&)>& action) {
    const auto done = std::make_shared<std::promise<void>>();
    KV_CHECK(actions_.push([this, &action, done] {
        action(*loop_);
        done->set_value();
    }));
    done->get_future().wait();
}

LoopStats TestNode::stats() {
    LoopStats stats;
    on_loop([&](Loop& loop) { stats = loop.stats(); });
    return stats;
}

bool TestNode::await_stats(const std::function<bool(const LoopStats&)>& condition) {
    return await([&] { return condition(stats()); });
}

void TestNode::send_to_peer(NodeId peer, const std::string& frame, node::Lane lane) {
    on_loop([&](Loop& loop) { loop.transport().send(peer, frame, lane); });
}

void TestNode::reply(const node::Route& route, const std::string& body) {
    on_loop([&](Loop& loop) { loop.replies().send(route, body); });
}

Member peer(NodeId id, std::string url) {
    return {id, "n" + std::to_string(id.value), std::move(url), {}};
}

}  // namespace kvbus::bus::test
