// Clusters that are treated well: what was put is there, whichever node is asked, before and after a restart.
#include <string>

#include <signal.h>

#include "system/system_test.h"

namespace kvbus {
namespace {

using ClusterTest = SystemTest;

TEST_F(ClusterTest, OfOneIsWhatAKvdAloneIs) {
    const harness::Port clients, peers;
    harness::Process kvd({{harness::kvd_path(), "--data-dir", (dir_ / "data").string(), "--listen-client",
                           clients.url(), "--listen-peer", peers.url()}},
                         dir_ / "kvd.log");
    Client client({.endpoints = {clients.url()}, .timeout = std::chrono::seconds{30}});
    put(client, "k", "v");
    EXPECT_EQ(get(client, "k"), "v");
    const auto members = client.members();
    ASSERT_TRUE(members.ok()) << members.error().message;
    EXPECT_EQ(members->members.size(), 1U);
    kvd.signal(SIGTERM);
    EXPECT_EQ(kvd.wait(harness::patience), harness::Ending{.status = 0});
}

TEST_F(ClusterTest, OfOneKeepsItsDataOverACleanStop) {
    harness::Cluster cluster(dir_, {.nodes = 1});
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});
    put_numbered(client, 20);
    EXPECT_EQ(cluster.stop(0), harness::Ending{.status = 0});
    cluster.start_all();
    expect_numbered(client, 20);
}

TEST_F(ClusterTest, OfThreeKeepsItsDataWhenAllStop) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});
    put_numbered(client, 50);
    for (int node = 0; node < cluster.size(); ++node)
        EXPECT_EQ(cluster.stop(node), harness::Ending{.status = 0});
    cluster.start_all();
    expect_numbered(client, 50);
    cluster.wait_for_agreement();
}

TEST_F(ClusterTest, OfThreeKeepsItsDataWhenAllAreKilled) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});
    put_numbered(client, 50);
    cluster.kill({0, 1, 2});
    cluster.start_all();
    expect_numbered(client, 50);
    cluster.wait_for_agreement();
}

TEST_F(ClusterTest, AnswersAtEveryNode) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    for (int node = 0; node < cluster.size(); ++node) {
        Client client({.endpoints = {cluster.client_url(node)}, .stay_on_endpoints = true});
        put(client, "by", harness::Cluster::name(node));
        for (int other = 0; other < cluster.size(); ++other) {
            Client reader({.endpoints = {cluster.client_url(other)}, .stay_on_endpoints = true});
            EXPECT_EQ(get(reader, "by"), harness::Cluster::name(node));
        }
    }
    Client client({.endpoints = {cluster.client_url(0)}});
    const auto members = client.members();
    ASSERT_TRUE(members.ok()) << members.error().message;
    ASSERT_EQ(members->members.size(), 3U);
    for (int node = 0; node < cluster.size(); ++node) {
        const auto& member = members->members[static_cast<std::size_t>(node)];
        EXPECT_EQ(member.name, harness::Cluster::name(node));
        EXPECT_EQ(member.peer_url, cluster.peer_url(node));
    }
}

TEST_F(ClusterTest, TakesAnyBytesUpToTheLimits) {
    constexpr std::size_t key_bytes_max = 32 << 10, value_bytes_max = 1 << 20;
    harness::Cluster cluster(dir_);
    cluster.start_all();
    Client client({.endpoints = cluster.endpoints()});

    std::string binary;
    for (int byte = 0; byte < 256; ++byte)
        binary.push_back(static_cast<char>(byte));
    put(client, binary, std::string(binary.rbegin(), binary.rend()));
    EXPECT_EQ(get(client, binary), std::string(binary.rbegin(), binary.rend()));
    put(client, "empty", "");
    EXPECT_EQ(get(client, "empty"), "");

    const std::string long_key(key_bytes_max, '\xff'), long_value(value_bytes_max, '\0');
    put(client, long_key, long_value);
    EXPECT_TRUE(get(client, long_key) == long_value);

    const auto bad_key = client.put(long_key + "x", "v");
    ASSERT_FALSE(bad_key.ok());
    EXPECT_EQ(bad_key.error().code, Code::too_large) << bad_key.error().message;
    const auto bad_value = client.put("k", long_value + "x");
    ASSERT_FALSE(bad_value.ok());
    EXPECT_EQ(bad_value.error().code, Code::too_large) << bad_value.error().message;
    const auto no_key = client.put("", "v");
    ASSERT_FALSE(no_key.ok());
    EXPECT_EQ(no_key.error().code, Code::invalid_argument) << no_key.error().message;
    EXPECT_EQ(get(client, "k"), "(none)");
    cluster.wait_for_agreement();
}

}  // namespace
}  // namespace kvbus
