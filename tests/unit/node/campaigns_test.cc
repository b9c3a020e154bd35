// Candidates in line: who is answered, when, and with what.
#include "node/campaigns.h"

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Line : public ::testing::Test {
  protected:
    void SetUp() override {
        cluster.elect(1);
        for (const std::uint64_t lease : {1, 2, 3})
            write(machine::LeaseGrant{LeaseId{lease}, seconds{lease * 3}});
    }

    void write(machine::Change operation) {
        cluster.request(1, "writer",
                        {.id = 1, .timeout_ms = 0, .body = machine::without_session(std::move(operation))});
        cluster.settle();
        const auto replies = cluster.replies(1, "writer");
        ASSERT_EQ(replies.size(), 1U);
        ASSERT_TRUE(std::holds_alternative<machine::Outcome>(replies[0].body));
    }
    // The client of a lease is named by its number.
    void campaign(std::uint64_t lease, int node = 1, std::string_view name = "lock",
                  std::uint32_t timeout_ms = 60'000, std::uint64_t sequence = 0) {
        const ClientId client{sequence > 0 ? 1000 + lease : 0};
        cluster.request(node, std::to_string(lease),
                        {.id = 5,
                         .timeout_ms = timeout_ms,
                         .body = machine::Command{client, Sequence{sequence}, Sequence{sequence},
                                                  machine::Campaign{name, "me", LeaseId{lease}}}});
        cluster.settle();
    }
    void remove(std::string_view key) { write(machine::Delete{.key = key}); }

    // "KEY TOKEN", or the code; each answer once.
    std::vector<std::string> told(std::uint64_t lease, int node = 1) {
        std::vector<std::string> all;
        for (const auto& reply : cluster.replies(node, std::to_string(lease))) {
            EXPECT_EQ(reply.head.type, wire::RequestType::campaign);
            if (const auto* error = std::get_if<Error>(&reply.body)) {
                message = error->message;
                all.emplace_back(name_of(error->code));
                continue;
            }
            const auto& outcome = std::get<machine::Outcome>(reply.body);
            const auto& place = std::get<machine::CampaignAnswer>(outcome.answer->body);
            all.push_back(place.key + " " + std::to_string(place.token.value));
        }
        return all;
    }
    std::uint64_t waiting(int node = 1) { return cluster.node(node).status(cluster.now()).campaigns; }

    Cluster cluster{3};
    std::string message;  // of the last error
};

TEST_F(Line, WhoComesFirstIsAnsweredAtOnceAndTheOthersInTheirOrder) {
    campaign(2);
    campaign(3);
    campaign(1);
    EXPECT_THAT(told(2), ElementsAre("lock/2 2"));
    EXPECT_EQ(waiting(), 2U);
    remove("lock/2");
    EXPECT_THAT(told(3), ElementsAre("lock/3 3"));
    EXPECT_THAT(told(1), ElementsAre());
    remove("lock/3");
    EXPECT_THAT(told(1), ElementsAre("lock/1 4"));
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(Line, MovesWhenALeaseEnds) {
    campaign(1, 1);
    campaign(2, 2);
    campaign(3, 3);
    EXPECT_THAT(told(1, 1), ElementsAre("lock/1 2"));
    cluster.advance(milliseconds{2900});
    EXPECT_THAT(told(2, 2), ElementsAre());
    cluster.advance(milliseconds{300});
    EXPECT_THAT(told(2, 2), ElementsAre("lock/2 3"));
    cluster.advance(milliseconds{2700});
    EXPECT_THAT(told(3, 3), ElementsAre());
    cluster.advance(milliseconds{400});
    EXPECT_THAT(told(3, 3), ElementsAre("lock/3 4"));
}

TEST_F(Line, OnesOwnPlaceCanBeLostWhileWaiting) {
    campaign(2);
    campaign(1);
    campaign(3);
    remove("lock/1");
    EXPECT_THAT(told(1), ElementsAre("place_lost"));
    EXPECT_THAT(message, HasSubstr("lock/1"));
    cluster.advance(seconds{7});  // the lease of the first ends
    EXPECT_THAT(told(3), ElementsAre("lock/3 4"));
}

TEST_F(Line, ATimeoutEndsTheWaitingAndKeepsThePlace) {
    campaign(2);
    campaign(3, 1, "lock", 500);
    campaign(1);
    cluster.advance(milliseconds{499});
    EXPECT_THAT(told(3), ElementsAre());
    cluster.advance(milliseconds{2});
    EXPECT_THAT(told(3), ElementsAre("not_first"));
    EXPECT_THAT(message, HasSubstr("lock/3"));
    campaign(3);
    remove("lock/2");
    EXPECT_THAT(told(3), ElementsAre("lock/3 3")) << "before those that came while it did not ask";
    EXPECT_THAT(told(1), ElementsAre());
}

TEST_F(Line, TwoRequestsOfOneCandidateAreBothAnswered) {
    campaign(2);
    campaign(3, 1, "lock", 60'000, 1);
    campaign(3, 1, "lock", 60'000, 1);  // a retry
    EXPECT_EQ(waiting(), 2U);
    remove("lock/2");
    EXPECT_THAT(told(3), ElementsAre("lock/3 3", "lock/3 3"));
    campaign(3, 2, "lock", 60'000, 1);
    EXPECT_THAT(told(3, 2), ElementsAre("lock/3 3")) << "through another node as well";
    remove("lock/3");
    campaign(3, 1, "lock", 60'000, 1);
    EXPECT_THAT(told(3), ElementsAre("place_lost")) << "what it had taken is gone";
    EXPECT_EQ(version_of(cluster, 1, "lock/3"), 0U);
}

TEST_F(Line, WithoutItsLeaseNobodyCampaigns) {
    campaign(9);
    EXPECT_THAT(told(9), ElementsAre("lease_not_found"));
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(Line, OthersAreNotItsConcern) {
    campaign(1, 1, "a");
    campaign(2, 1, "a/b");  // its keys are in the line of a, too
    campaign(3, 1, "a");
    EXPECT_THAT(told(1), ElementsAre("a/1 2"));
    EXPECT_THAT(told(2), ElementsAre("a/b/2 3"));
    remove("a/1");
    EXPECT_THAT(told(3), ElementsAre()) << "a key of a/ was there before";
    remove("a/b/2");
    EXPECT_THAT(told(3), ElementsAre("a/3 4"));
}

TEST_F(Line, AFollowerAnswersOnceItsOwnMapHasThePlace) {
    campaign(2, 2);
    EXPECT_THAT(told(2, 2), ElementsAre("lock/2 2"));
    campaign(3, 2);
    EXPECT_EQ(waiting(2), 1U);
    EXPECT_EQ(waiting(1), 0U) << "the leader answers a node at once";
    remove("lock/2");
    EXPECT_THAT(told(3, 2), ElementsAre("lock/3 3"));
}

TEST_F(Line, GoesOnThroughAChangeOfLeaders) {
    campaign(2, 2);
    campaign(3, 3);
    EXPECT_THAT(told(2, 2), ElementsAre("lock/2 2"));
    cluster.cut(1);
    cluster.advance(seconds{3});
    cluster.request(2, "writer",
                    {.id = 1, .timeout_ms = 0, .body = machine::without_session(machine::Delete{"lock/2"})});
    cluster.advance(milliseconds{200});
    EXPECT_THAT(told(3, 3), ElementsAre("lock/3 3"));
}

// The leader's word may be quicker than its log.
TEST(Campaigns, AnOutcomeWaitsForTheMapThatItIsOf) {
    machine::Machine machine;
    (void)machine.apply(machine::without_session(machine::LeaseGrant{LeaseId{1}, seconds{9}}));
    Campaigns campaigns(1);
    Answers answers;
    FakeReplies replies;
    const Instant now{seconds{1}};
    const auto answer = [&] {
        campaigns.answer(now, machine, answers);
        return answers.flush(replies);
    };
    const auto place = std::make_shared<const machine::Answer>(
        machine::Answer{machine::CampaignAnswer{"lock/1", Revision{2}}});
    campaigns.add({.route = {Blob::copy_of("c"), false}, .type = wire::RequestType::campaign},
                  now + seconds{1}, {Code::ok, Revision{2}, 0, place});
    EXPECT_EQ(answer(), 0U);
    (void)machine.apply(machine::without_session(machine::Campaign{"lock", "", LeaseId{1}}));
    EXPECT_EQ(answer(), 1U);
    EXPECT_TRUE(std::holds_alternative<machine::Outcome>(replies.by_address["c"].at(0).body));
}

TEST(CampaignLimits, AboveThemRequestsAreRefusedBeforeAnyEffect) {
    Cluster cluster(1, Config{.campaigns_max = 1});
    cluster.advance(milliseconds{10});
    const auto ask = [&](const std::string& who, machine::Change operation) {
        cluster.request(1, who,
                        {.id = 5, .timeout_ms = 0, .body = machine::without_session(std::move(operation))});
        cluster.settle();
        return end_of(cluster, 1, who);
    };
    for (const std::uint64_t lease : {1, 2, 3})
        ASSERT_TRUE(ask("grant", machine::LeaseGrant{LeaseId{lease}, seconds{9}}));
    EXPECT_EQ(ask("1", machine::Campaign{"lock", "", LeaseId{1}})->code, Code::ok);
    EXPECT_FALSE(ask("2", machine::Campaign{"lock", "", LeaseId{2}}));
    EXPECT_EQ(ask("3", machine::Campaign{"lock", "", LeaseId{3}})->code, Code::overloaded);
    EXPECT_EQ(version_of(cluster, 1, "lock/3"), 0U);
}

// With a history that holds next to nothing, who waits must look for itself.
TEST(CampaignLimits, ChangesThatNobodyCanTellAreFoundInTheMap) {
    Config config;
    config.machine.history.bytes_max = 1;
    Cluster cluster(1, config);
    cluster.advance(milliseconds{10});
    const auto ask = [&](const std::string& who, machine::Change operation) {
        cluster.request(1, who,
                        {.id = 5, .timeout_ms = 0, .body = machine::without_session(std::move(operation))});
        cluster.settle();
        return end_of(cluster, 1, who);
    };
    for (const std::uint64_t lease : {1, 2, 3})
        ASSERT_TRUE(ask("grant", machine::LeaseGrant{LeaseId{lease}, seconds{9}}));
    EXPECT_TRUE(ask("1", machine::Campaign{"lock", "", LeaseId{1}}));
    EXPECT_FALSE(ask("2", machine::Campaign{"lock", "", LeaseId{2}}));
    EXPECT_FALSE(ask("3", machine::Campaign{"lock", "", LeaseId{3}}));
    cluster.request(1, "w",
                    {.id = 6, .timeout_ms = 0, .body = wire::WatchRequest{.key = "x", .from = Revision{5}}});
    cluster.settle();
    EXPECT_TRUE(ask("writer", machine::Delete{"lock/2"}));
    EXPECT_GE(cluster.node(1).machine().compacted(), Revision{5}) << "the removal cannot be told any more";
    EXPECT_EQ(end_of(cluster, 1, "2")->code, Code::place_lost);
    EXPECT_EQ(end_of(cluster, 1, "w")->code, Code::compacted) << "perhaps it missed something";
    EXPECT_FALSE(end_of(cluster, 1, "3"));
    EXPECT_TRUE(ask("writer", machine::Delete{"lock/1"}));
    EXPECT_EQ(end_of(cluster, 1, "3")->code, Code::ok);
}

}  // namespace
}  // namespace kvbus::node::testing
