// Too few nodes, and a leader that is not dead but silent.
#include <string>

#include "system/system_test.h"

namespace kvbus {
namespace {

using QuorumTest = SystemTest;

TEST_F(QuorumTest, NothingIsAcknowledgedWithoutOneAndNothingIsLost) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints(), .timeout = std::chrono::milliseconds{1500}});
    put_numbered(client, 20);
    cluster.wait_for_agreement();
    cluster.kill({0, 1});

    const auto write = client.put("later", "v");
    ASSERT_FALSE(write.ok());
    EXPECT_TRUE(write.error().code == Code::unavailable || write.error().code == Code::outcome_unknown)
        << name_of(write.error().code) << ": " << write.error().message;
    const auto read = client.get("k0");
    ASSERT_FALSE(read.ok());
    EXPECT_TRUE(read.error().code == Code::unavailable || read.error().code == Code::timeout)
        << name_of(read.error().code) << ": " << read.error().message;
    const auto stale = client.get("k0", {.range_end = {}, .serializable = true});
    ASSERT_TRUE(stale.ok()) << stale.error().message;
    EXPECT_EQ(stale->kvs.at(0).value, "v0");

    cluster.start(0);
    cluster.start(1);
    for (int node = 0; node < cluster.size(); ++node)
        cluster.wait_until_serving(node);
    expect_numbered(client, 20);
    put(client, "after", "v");
    cluster.wait_for_agreement();
}

TEST_F(QuorumTest, OneNodeMayBeMissing) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});
    for (int node = 0; node < cluster.size(); ++node) {
        cluster.kill(node);
        put(client, "without", harness::Cluster::name(node));
        EXPECT_EQ(get(client, "without"), harness::Cluster::name(node));
        cluster.start(node);
        cluster.wait_until_serving(node);
        cluster.wait_until_caught_up(node);
    }
    cluster.wait_for_agreement();
}

TEST_F(QuorumTest, ASilentFollowerCatchesUp) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});
    const int silent = (cluster.wait_for_leader().node + 1) % cluster.size();
    cluster.pause(silent);
    put_numbered(client, 200);
    cluster.resume(silent);
    cluster.wait_for_agreement();
    Client pinned({.endpoints = {cluster.client_url(silent)}, .stay_on_endpoints = true});
    expect_numbered(pinned, 200);
}

TEST_F(QuorumTest, ASilentLeaderIsReplacedAndComesBack) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints(), .timeout = std::chrono::seconds{20}});
    put_numbered(client, 20);
    const int silent = cluster.wait_for_leader().node;
    cluster.pause(silent);
    put(client, "meanwhile", "v");
    const int next = cluster.wait_for_leader().node;
    EXPECT_NE(next, silent);

    // What it believed about itself when it was stopped must not show in a read.
    cluster.resume(silent);
    Client pinned({.endpoints = {cluster.client_url(silent)}, .stay_on_endpoints = true});
    EXPECT_EQ(get(pinned, "meanwhile"), "v");
    expect_numbered(client, 20);
    cluster.wait_for_agreement();
    const auto status = cluster.status(silent);
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(status->role, "follower");
}

}  // namespace
}  // namespace kvbus
