// A node whose state is not the others': here, since what its disk held of an entry was changed while it was
// down.
#include <string>

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"
#include "wire/batch.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

class Verification : public ::testing::Test {
  protected:
    explicit Verification(int nodes = 3) : cluster(nodes) {
        cluster.elect(1);
        cluster.request(1, "w", put(1, "k", "v"));
        cluster.settle();
    }

    // The last batch of commands on this node's disk becomes one that puts another value; returns what it
    // was.
    Blob tamper(int node, std::string_view value = "other") {
        wire::BatchBuilder batch;
        batch.add(machine::without_session(machine::Put{.key = "k", .value = value}));
        return replace(node, Blob::copy_of(batch.finish({})));
    }
    Blob replace(int node, Blob data) {
        auto& entries = cluster.disk(node).durable.entries;
        const auto entry = std::find_if(entries.rbegin(), entries.rend(), [](const raft::Entry& candidate) {
            return candidate.type == raft::EntryType::commands;
        });
        return std::exchange(entry->data, std::move(data));
    }

    [[nodiscard]] std::vector<std::string> alarms(int node) {
        std::vector<std::string> types;
        for (const Alarm& alarm : cluster.node(node).alarms(cluster.now()))
            types.push_back(alarm.type);
        return types;
    }
    [[nodiscard]] Code code_of(int node, const wire::Request& request) {
        cluster.request(node, "c", request);
        cluster.settle();
        const auto replies = cluster.replies(node, "c");
        if (replies.size() != 1) return Code::internal;
        const auto* error = std::get_if<Error>(&replies[0].body);
        return error == nullptr ? Code::ok : error->code;
    }
    [[nodiscard]] std::size_t checks_sent(int node) { return cluster.sent<wire::StateCheck>(node).size(); }

    const std::vector<std::string> none{};
    const std::vector<std::string> corrupt{"CORRUPT"};
    Cluster cluster;
};

class VerificationOfTwo : public Verification {
  protected:
    VerificationOfTwo() : Verification(2) {}
};

TEST_F(Verification, RaisesNothingWhereAllIsWell) {
    for (int i = 0; i < 50; ++i) {
        cluster.request(1 + i % 3, "w" + std::to_string(i), put(1, "k" + std::to_string(i), "v"));
        cluster.advance(milliseconds{100});
        if (i % 10 == 9) cluster.restart(1 + i % 3);
    }
    for (const int node : {1, 2, 3})
        EXPECT_EQ(alarms(node), none);
    EXPECT_GT(checks_sent(1) + checks_sent(2) + checks_sent(3), 3U);
}

TEST_F(Verification, IsSilentOnceAllHaveToldTheSameOfTheLastChange) {
    cluster.advance(seconds{3});
    const auto before = checks_sent(1);
    EXPECT_GT(before, 0U);
    cluster.advance(seconds{10});
    EXPECT_EQ(checks_sent(1), before);
}

TEST_F(Verification, AFollowerThatDiffersRaisesTheAlarmAndServesNothing) {
    tamper(3);
    cluster.restart(3);
    cluster.advance(seconds{3});
    EXPECT_EQ(alarms(1), none);
    EXPECT_EQ(alarms(2), none);
    ASSERT_EQ(alarms(3), corrupt);
    const auto message = cluster.node(3).alarms(cluster.now())[0].message;
    EXPECT_THAT(message, HasSubstr("node n3"));
    EXPECT_THAT(message, HasSubstr("log index 2"));
    EXPECT_THAT(message, HasSubstr("Start it again"));

    EXPECT_FALSE(cluster.node(3).serving());
    EXPECT_EQ(code_of(3, get(1, "k")), Code::unavailable);
    EXPECT_EQ(code_of(3, get(1, "k", true)), Code::unavailable);
    EXPECT_EQ(code_of(3, put(1, "k", "v")), Code::unavailable);
    EXPECT_EQ(code_of(3, {.id = 1, .timeout_ms = 0, .body = wire::StatusRequest{}}), Code::ok);
    EXPECT_EQ(code_of(3, {.id = 1, .timeout_ms = 0, .body = wire::MembersRequest{}}), Code::ok);
    EXPECT_EQ(code_of(1, put(1, "k", "w")), Code::ok) << "the others go on";
    EXPECT_EQ(code_of(2, get(1, "k")), Code::ok);
}

TEST_F(Verification, WhoWaitsAtANodeThatDiffersIsToldSo) {
    tamper(3);
    cluster.restart(3);
    cluster.advance(milliseconds{200});
    cluster.request(
        3, "watch",
        {.id = 1, .timeout_ms = 60'000, .body = wire::WatchRequest{.key = "nothing", .from = Revision{3}}});
    cluster.settle();
    cluster.advance(seconds{3});
    const auto replies = cluster.replies(3, "watch");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(std::get<Error>(replies[0].body).code, Code::unavailable);
}

TEST_F(Verification, TheAlarmOutlivesARestartOfTheSameState) {
    tamper(3);
    cluster.restart(3);
    cluster.advance(seconds{3});
    cluster.restart(3);
    EXPECT_EQ(alarms(3), corrupt);
    EXPECT_EQ(code_of(3, get(1, "k", true)), Code::unavailable);
    cluster.advance(seconds{5});
    EXPECT_EQ(alarms(3), corrupt);
    EXPECT_EQ(code_of(3, get(1, "k")), Code::unavailable);
}

TEST_F(Verification, ANodeThatIsBuiltAnewServesOnceItComparesEqual) {
    Blob before = tamper(3);
    cluster.restart(3);
    cluster.advance(seconds{3});
    ASSERT_EQ(alarms(3), corrupt);
    replace(3, std::move(before));
    cluster.cut(3);
    cluster.restart(3);
    cluster.advance(seconds{3});
    EXPECT_EQ(alarms(3), corrupt) << "nobody has compared it";
    cluster.heal();
    cluster.advance(seconds{5});
    EXPECT_EQ(alarms(3), none);
    EXPECT_FALSE(cluster.disk(3).corrupt.has_value());
    EXPECT_EQ(code_of(3, get(1, "k")), Code::ok);
}

TEST_F(Verification, ALeaderThatDiffersLeavesItToTheOthers) {
    tamper(1);
    cluster.restart(1);
    cluster.elect(1);
    cluster.advance(seconds{4});
    EXPECT_EQ(alarms(1), corrupt);
    EXPECT_EQ(alarms(2), none);
    EXPECT_EQ(alarms(3), none);
    const NodeId leader = cluster.node(2).core().role().leader;
    EXPECT_NE(leader, NodeId{1});
    EXPECT_NE(leader, NodeId{}) << "another leads";
    EXPECT_EQ(code_of(2, put(1, "k", "w")), Code::ok);
    cluster.cut(static_cast<int>(leader.value));
    cluster.advance(seconds{5});
    EXPECT_NE(cluster.node(1).core().role().kind, raft::RoleKind::leader) << "it never leads again";
}

TEST_F(Verification, ANodeThatDiffersStillCountsForTheQuorum) {
    tamper(3);
    cluster.restart(3);
    cluster.advance(seconds{3});
    ASSERT_EQ(alarms(3), corrupt);
    cluster.cut(2);
    EXPECT_EQ(code_of(1, put(1, "k", "w")), Code::ok) << "its log is good";
}

TEST_F(VerificationOfTwo, TheLeaderIsBelieved) {
    tamper(2);
    cluster.restart(2);
    cluster.advance(seconds{3});
    EXPECT_EQ(alarms(1), none);
    EXPECT_EQ(alarms(2), corrupt);
}

}  // namespace
}  // namespace kvbus::node::testing
