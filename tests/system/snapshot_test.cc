// Logs that are cut at snapshots, and nodes that come back by one.
#include <filesystem>
#include <string>

#include "system/system_test.h"

namespace kvbus {
namespace {

namespace fs = std::filesystem;

// Three nodes that take a snapshot for every MiB of log, and keep nothing behind it.
class SnapshotTest : public SystemTest {
  protected:
    explicit SnapshotTest(int nodes = 3)
        : cluster_(dir_, {.nodes = nodes,
                          .flags = {"--snapshot-log-bytes", "1MiB", "--snapshot-log-percent", "0",
                                    "--snapshot-log-kept", "0"}}) {
        cluster_.start_all();
    }

    // Overwrites 64 keys again and again, with 64 KiB each.
    void write_mebibytes(int mebibytes) {
        Client client({.endpoints = cluster_.endpoints()});
        for (int i = 0; i < mebibytes * 16; ++i)
            put(client, "big" + std::to_string(i % 64),
                std::string(64 << 10, static_cast<char>('a' + i % 26)));
    }
    [[nodiscard]] EndpointStatus status(int node) {
        auto status = cluster_.status(node);
        if (!status.ok()) throw harness::Failure(status.error().message);
        return *status;
    }
    void wait_for_a_short_log(int node) {
        harness::wait_for("a snapshot that cuts the log", harness::patience, [&]() -> std::string {
            const EndpointStatus now = status(node);
            const bool is_short = now.snapshot_index > 0 && now.log_start + 100 > now.last;
            return is_short ? "" : "the log holds " + std::to_string(now.last - now.log_start) + " entries";
        });
    }
    // The others forget what they had of the log in memory, so that only a snapshot can help this node.
    void come_back_without_the_log(int node) {
        for (int other = 0; other < cluster_.size(); ++other) {
            if (other != node) cluster_.kill(other);
        }
        cluster_.start_all();
        cluster_.wait_until_caught_up(node);
    }

    harness::Cluster cluster_;
};

class SnapshotAloneTest : public SnapshotTest {
  protected:
    SnapshotAloneTest() : SnapshotTest(1) {}
};

TEST_F(SnapshotAloneTest, CutsTheLogAndIsFoundAfterAKill) {
    Client client({.endpoints = cluster_.endpoints()});
    put_numbered(client, 50);
    write_mebibytes(12);
    wait_for_a_short_log(0);
    const EndpointStatus before = status(0);
    cluster_.kill(0);
    cluster_.start_all();
    expect_numbered(client, 50);
    const EndpointStatus after = status(0);
    EXPECT_EQ(after.keys, before.keys);
    EXPECT_GE(after.snapshot_index, before.snapshot_index);
    EXPECT_GT(after.log_start, 0U);
}

TEST_F(SnapshotAloneTest, ThatIsDamagedIsRefused) {
    write_mebibytes(4);
    wait_for_a_short_log(0);
    cluster_.kill(0);
    for (const auto& entry : fs::directory_iterator(cluster_.data_dir(0))) {
        if (entry.path().extension() != ".snapshot") continue;
        auto content = harness::read_file(entry.path());
        content.at(content.size() / 2) ^= 4;
        harness::write_file(entry.path(), content);
    }
    EXPECT_TRUE(refuses(harness::run(cluster_.command(0)), exit_damaged,
                        {cluster_.data_dir(0).string(), "snapshot", "damaged"}));
}

TEST_F(SnapshotTest, BringsBackANodeThatIsTooFarBehind) {
    Client client({.endpoints = cluster_.endpoints()});
    put_numbered(client, 50);
    cluster_.kill(2);
    write_mebibytes(8);
    for (const int node : {0, 1})
        wait_for_a_short_log(node);
    come_back_without_the_log(2);
    EXPECT_EQ(status(2).snapshots_installed, 1U);
    cluster_.wait_for_agreement();

    write_mebibytes(3);
    cluster_.wait_for_agreement();
    cluster_.kill(2);
    cluster_.start(2);
    cluster_.wait_until_serving(2);
    cluster_.wait_for_agreement();
    Client reader({.endpoints = {cluster_.client_url(2)}, .stay_on_endpoints = true});
    expect_numbered(reader, 50);
}

}  // namespace
}  // namespace kvbus
