// The client library on fake servers, and what tests of it share.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kvbus/client.h>

#include "unit/client/fake_server.h"

namespace kvbus::client {

using namespace std::chrono_literals;  // NOLINT: a fixture for test programs only

constexpr auto patience = 20s;  // for what is sure to happen, on a machine that is busy with other tests

// A port where nobody listens: bound once, and free again.
inline std::string unused_url() {
    FakeCluster cluster;
    return FakeServer(cluster, NodeId{1}).url();
}

// Counts what callbacks report, and lets the test wait for it.
class Tally {
  public:
    void add(Code code) {
        const std::lock_guard lock(mutex_);
        codes_.push_back(code);
        changed_.notify_all();
    }
    // The codes, once there are `count` of them.
    std::vector<Code> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return codes_.size() >= count; }))
            << codes_.size() << " of " << count << " callbacks";
        return codes_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Code> codes_;
};

template <class T>
Code code_of(const Result<T>& result) {
    return result.ok() ? Code::ok : result.error().code;
}

class ClientTest : public testing::Test {
  protected:
    FakeCluster cluster;

    std::unique_ptr<FakeServer> start_node(std::uint64_t number, int port = 0,
                                           FakeServer::Mode mode = FakeServer::Mode::serve) {
        return std::make_unique<FakeServer>(cluster, NodeId{number}, port, mode);
    }
    void make_members(const std::vector<const FakeServer*>& servers) {
        const std::lock_guard lock(cluster.mutex);
        cluster.members.clear();
        for (std::size_t i = 0; i < servers.size(); ++i) {
            cluster.members.push_back({NodeId{i + 1}, "n" + std::to_string(i + 1), "", servers[i]->url()});
        }
    }
    void make_leader(std::uint64_t number) {
        const std::lock_guard lock(cluster.mutex);
        cluster.leader = NodeId{number};
    }
};

}  // namespace kvbus::client
