#include "kvd/config.h"

#include <gtest/gtest.h>

namespace kvbus::kvd {
namespace {

Flags three_nodes() {
    Flags flags;
    flags.initial_cluster = "n2=tcp://10.0.0.2:4371,n1=tcp://127.0.0.1:4371,n3=tcp://10.0.0.3:4371";
    return flags;
}

TEST(Config, AloneANodeIsAClusterOfOneOnTheDefaultPorts) {
    const auto config = check(Flags{});
    ASSERT_TRUE(config.ok()) << config.error().message;
    ASSERT_EQ(config->members.size(), 1U);
    EXPECT_EQ(config->members[0].id, config->self);
    EXPECT_EQ(config->members[0].peer_url, "tcp://127.0.0.1:4371");
    EXPECT_EQ(config->members[0].client_url, "tcp://127.0.0.1:4370");
    EXPECT_EQ(config->data_dir, "n1.kvbus");
    EXPECT_EQ(config->election_timeout, std::chrono::milliseconds{500});
}

TEST(Config, TheOrderOfInitialClusterDoesNotMatterToTheIdentity) {
    auto flags = three_nodes();
    const auto one = check(flags);
    flags.initial_cluster = "n1=tcp://127.0.0.1:4371,n2=tcp://10.0.0.2:4371,n3=tcp://10.0.0.3:4371";
    const auto other = check(flags);
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_EQ(one->cluster, other->cluster);
    EXPECT_EQ(one->self, other->self);
}

TEST(Config, TheTokenAndTheMembersMakeTheCluster) {
    auto flags = three_nodes();
    const auto one = check(flags);
    flags.initial_cluster_token = "other";
    const auto other = check(flags);
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_NE(one->cluster, other->cluster);
    EXPECT_NE(one->cluster, check(Flags{})->cluster);
}

struct BadFlag {
    std::string Flags::*flag;
    std::string value;
    std::string message;  // what the error has to name
};

class BadFlags : public testing::TestWithParam<BadFlag> {};

TEST_P(BadFlags, AreNamedWithWhatTheyTake) {
    Flags flags = three_nodes();
    flags.*GetParam().flag = GetParam().value;
    const auto config = check(flags);
    ASSERT_FALSE(config.ok());
    EXPECT_EQ(config.error().code, Code::invalid_argument);
    EXPECT_NE(config.error().message.find(GetParam().message), std::string::npos) << config.error().message;
    EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Config, BadFlags,
    testing::Values(
        BadFlag{&Flags::name, "", "--name"}, BadFlag{&Flags::name, "a b", "'a b'"},
        BadFlag{&Flags::name, "n9", "does not name this node"},
        BadFlag{&Flags::listen_client, "127.0.0.1:4370", "tcp://HOST:PORT"},
        BadFlag{&Flags::listen_client, "tcp://127.0.0.1:0", "tcp://HOST:PORT"},
        BadFlag{&Flags::listen_client, "tcp://127.0.0.1:99999", "--listen-client"},
        BadFlag{&Flags::listen_client, "tcp://127.0.0.1:4371", "different from"},
        BadFlag{&Flags::listen_peer, "tcp://127.0.0.1:5000", "--advertise-peer"},
        BadFlag{&Flags::advertise_peer, "tcp://*:4371", "can connect to"},
        BadFlag{&Flags::initial_cluster, "n1", "NAME=tcp://HOST:PORT"},
        BadFlag{&Flags::initial_cluster, "n1=tcp://127.0.0.1:4371,", "NAME=tcp://HOST:PORT"},
        BadFlag{&Flags::initial_cluster, "n1=tcp://127.0.0.1:4371,n1=tcp://h:1", "named once"},
        BadFlag{&Flags::initial_cluster, "n1=tcp://127.0.0.1:4371,n2=tcp://127.0.0.1:4371", "one node only"},
        BadFlag{&Flags::heartbeat_interval, "fast", "--heartbeat-interval"},
        BadFlag{&Flags::heartbeat_interval, "200ms", "at least five heartbeat intervals"},
        BadFlag{&Flags::election_timeout, "1h", "--election-timeout"},
        BadFlag{&Flags::request_timeout, "0ms", "--request-timeout"},
        BadFlag{&Flags::disk_free_min, "64MB", "64MiB"}, BadFlag{&Flags::memory_limit, "2GB", "such as 75%"},
        BadFlag{&Flags::memory_limit, "0%", "--memory-limit"},
        BadFlag{&Flags::memory_limit, "101%", "--memory-limit"},
        BadFlag{&Flags::history_bytes, "1000", "at least 1MiB"},
        BadFlag{&Flags::history_revisions, "-1", "--history-revisions"},
        BadFlag{&Flags::history_age, "0", "0s for no bound"},
        BadFlag{&Flags::history_age, "4000000000h", "--history-age"},
        BadFlag{&Flags::snapshot_log_bytes, "1000", "at least 1MiB"},
        BadFlag{&Flags::snapshot_log_percent, "-5", "from 0 to 1000"},
        BadFlag{&Flags::snapshot_log_kept, "much", "--snapshot-log-kept"},
        BadFlag{&Flags::max_txn_ops, "0", "from 1 to 16384"}, BadFlag{&Flags::io_threads, "0", "from 1 to 8"},
        BadFlag{&Flags::log_level, "loud", "one of debug"}));

TEST(Config, AWildcardNeedsAnAddressToAdvertise) {
    Flags flags;
    flags.listen_client = "tcp://*:4370";
    EXPECT_NE(check(flags).error().message.find("--advertise-client"), std::string::npos);
    flags.advertise_client = "tcp://db1:4370";
    ASSERT_TRUE(check(flags).ok());
    EXPECT_EQ(check(flags)->members[0].client_url, "tcp://db1:4370");
}

TEST(Config, HistoryIsBoundedByMemoryUnlessToldMore) {
    Flags flags;
    EXPECT_EQ(check(flags)->history, machine::HistoryLimits{});
    flags.history_bytes = "1GiB";
    flags.history_revisions = "10000";
    flags.history_age = "24h";
    const machine::HistoryLimits wanted{
        .bytes_max = 1 << 30, .revisions_max = 10'000, .age_max = std::chrono::hours{24}};
    EXPECT_EQ(check(flags)->history, wanted);
}

TEST(Config, SnapshotsCanBeTurnedOff) {
    Flags flags;
    EXPECT_EQ(check(flags)->snapshots.log_bytes_min, 64U << 20);
    flags.snapshot_log_bytes = "0";
    EXPECT_EQ(check(flags)->snapshots.log_bytes_min, 0U);
}

TEST(Config, TheMemoryLimitIsASizeOrAPartOfWhatThereIs) {
    constexpr std::uint64_t gib = 1 << 30;
    EXPECT_EQ(*parse_memory_limit("75%", 4 * gib), 4 * gib / 100 * 75);
    EXPECT_EQ(*parse_memory_limit("100%", gib), gib / 100 * 100);
    EXPECT_EQ(*parse_memory_limit("75%", std::nullopt), 0U) << "nothing is known, so nothing is refused";
    EXPECT_EQ(*parse_memory_limit("2GiB", gib), 2 * gib);
    EXPECT_EQ(*parse_memory_limit("0", gib), 0U);
    EXPECT_FALSE(parse_memory_limit("-5%", gib).ok());
    EXPECT_FALSE(parse_memory_limit("75 %", gib).ok());
    EXPECT_FALSE(parse_memory_limit("", gib).ok());
    EXPECT_GT(check(Flags{})->memory_limit_bytes, 0U) << "this machine has some";
}

TEST(Config, ReadsTimesAndSizes) {
    EXPECT_EQ(*parse_duration("24h"), std::chrono::hours{24});
    EXPECT_EQ(*parse_duration("50ms"), std::chrono::milliseconds{50});
    EXPECT_EQ(*parse_duration("2m"), std::chrono::minutes{2});
    EXPECT_FALSE(parse_duration("5").ok());
    EXPECT_FALSE(parse_duration("-5s").ok());
    EXPECT_EQ(*parse_bytes("64MiB"), 64U << 20);
    EXPECT_EQ(*parse_bytes("512"), 512U);
    EXPECT_FALSE(parse_bytes("MiB").ok());
    EXPECT_FALSE(parse_bytes("99999999999GiB").ok());
}

}  // namespace
}  // namespace kvbus::kvd
