// Replicas that compare themselves: endpoint hashkv, and what becomes of one whose state is another.
#include <filesystem>
#include <string>

#include "system/system_test.h"

namespace kvbus {
namespace {

namespace fs = std::filesystem;

constexpr int exit_unhealthy = 5;

class VerificationTest : public SystemTest {
  protected:
    VerificationTest() : cluster_(dir_) {}

    [[nodiscard]] harness::Finished kvctl(const std::vector<std::string>& arguments) {
        return run_kvctl(cluster_.endpoint_list(), arguments);
    }
    [[nodiscard]] std::string alarms() { return kvctl({"alarm", "list"}).out; }
    void wait_for_no_alarm() {
        harness::wait_for("no alarm", harness::patience, [&] {
            const auto listed = kvctl({"alarm", "list"});
            return listed.out + listed.err;
        });
    }
    void stop_all() {
        for (int node = 0; node < cluster_.size(); ++node)
            (void)cluster_.stop(node);
    }

    // A whole history of the cluster, in directories of its own: this key with this value, and all stopped.
    // The log's end tells whether it is as long as another, in the same term.
    std::string live(const std::string& history, const std::string& value) {
        for (int node = 0; node < cluster_.size(); ++node)
            cluster_.set_data_dir(node, dir_ / (history + harness::Cluster::name(node)));
        cluster_.start_all();
        Client client({.endpoints = cluster_.endpoints()});
        put(client, "key", value);
        cluster_.wait_for_agreement();
        const auto status = cluster_.status(0);
        if (!status.ok()) throw harness::Failure(status.error().message);
        stop_all();
        return std::to_string(status->header.term) + "/" + std::to_string(status->last);
    }

    harness::Cluster cluster_;
};

TEST_F(VerificationTest, HashkvComparesAllNodes) {
    cluster_.start_all();
    Client client({.endpoints = cluster_.endpoints()});
    put_numbered(client, 20);
    cluster_.wait_for_agreement();
    const auto simple = kvctl({"endpoint", "hashkv", "--cluster"});
    EXPECT_EQ(simple.status(), 0) << simple.err;
    EXPECT_EQ(std::count(simple.out.begin(), simple.out.end(), '\n'), 3) << simple.out;
    EXPECT_NE(kvctl({"endpoint", "hashkv", "-w", "table"}).out.find("RAFT APPLIED INDEX"), std::string::npos);
    EXPECT_NE(kvctl({"endpoint", "hashkv", "-w", "json"}).out.find("\"HashKV\":{\"header\":"),
              std::string::npos);
    EXPECT_EQ(alarms(), "");
}

// A backup of another history of the same cluster was put back at one node: the log looks as it should, and
// says something else.
TEST_F(VerificationTest, ANodeWithAnotherHistoryIsFoundServesNothingAndCanBeRebuilt) {
    const std::string end = live("a", "right");
    int tries = 0;
    while (live("b" + std::to_string(tries), "wrong") != end)
        ASSERT_LT(++tries, 20) << "no second history ended at " << end;
    for (const int node : {0, 1})
        cluster_.set_data_dir(node, dir_ / ("a" + harness::Cluster::name(node)));
    for (int node = 0; node < cluster_.size(); ++node)
        cluster_.start(node);
    harness::wait_for("the alarm", harness::patience, [&]() -> std::string {
        const std::string listed = alarms();
        return listed.find("CORRUPT") != std::string::npos ? "" : "listed: " + listed;
    });
    const std::string listed = alarms();
    EXPECT_EQ(std::count(listed.begin(), listed.end(), '\n'), 1) << listed;
    for (const auto* text : {"node n3", "differs", "runbook"})
        EXPECT_NE(listed.find(text), std::string::npos) << listed;
    EXPECT_TRUE(
        refuses(kvctl({"endpoint", "hashkv"}), exit_unhealthy, {"differ at log index", "alarm list"}));
    EXPECT_EQ(kvctl({"endpoint", "health"}).status(), exit_unhealthy);
    EXPECT_TRUE(fs::exists(cluster_.data_dir(2) / "CORRUPT"));
    {
        Client reader({.endpoints = {cluster_.client_url(2)},
                       .timeout = std::chrono::milliseconds{500},
                       .stay_on_endpoints = true});
        const auto read = reader.get("key", {.serializable = true});
        ASSERT_FALSE(read.ok());
        EXPECT_NE(read.error().message.find("differs"), std::string::npos) << read.error().message;
    }
    Client client({.endpoints = {cluster_.client_url(0), cluster_.client_url(1)}});
    EXPECT_EQ(get(client, "key"), "right");
    put(client, "after", "it");

    // Nor after a restart.
    cluster_.kill(2);
    cluster_.start(2);
    harness::wait_for("n3 to be up", harness::patience, [&]() -> std::string {
        const auto status = cluster_.status(2);
        return status.ok() && !status->alarms.empty() ? "" : "it is not, or has no alarm";
    });

    // As the runbook says: all others are as far as each other, its directory is moved away, and a new term
    // begins before it comes back.
    (void)cluster_.stop(2);
    cluster_.wait_for_agreement();
    fs::rename(cluster_.data_dir(2), dir_ / "moved-away");
    const int leader = cluster_.wait_for_leader().node;
    (void)cluster_.stop(leader);
    cluster_.start(leader);
    (void)cluster_.wait_for_leader();
    cluster_.start(2);
    cluster_.wait_until_serving(2);
    cluster_.wait_for_agreement();
    wait_for_no_alarm();
    EXPECT_EQ(kvctl({"endpoint", "hashkv"}).status(), 0);
}

TEST_F(VerificationTest, AMarkedNodeThatIsAsTheOthersServesAgain) {
    cluster_.start_all();
    Client client({.endpoints = cluster_.endpoints()});
    put_numbered(client, 20);
    cluster_.kill(2);
    harness::write_file(cluster_.data_dir(2) / "CORRUPT", "node n3 differed");
    cluster_.start(2);
    wait_for_no_alarm();
    cluster_.wait_until_serving(2);
    EXPECT_FALSE(fs::exists(cluster_.data_dir(2) / "CORRUPT"));
    const auto log = harness::read_file(cluster_.log(2));
    EXPECT_NE(log.find("alarm CORRUPT: node n3 differed"), std::string::npos) << log;
    EXPECT_NE(log.find("alarm CORRUPT is over"), std::string::npos) << log;
}

}  // namespace
}  // namespace kvbus
