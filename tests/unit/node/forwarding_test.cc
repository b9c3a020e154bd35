// Writes that reach a node that does not lead, over a bus that loses, repeats and delays frames, between
// nodes that restart and change their roles: each is applied once at most, and is told of truly.
#include <optional>
#include <string>
#include <variant>

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// The ids that a node gave to the commands of a frame.
std::vector<std::uint64_t> ids_in(const std::string& frame) {
    const auto decoded = wire::decode_peer_frame(frame);
    std::vector<std::uint64_t> ids;
    for (const auto& forwarded : std::get<wire::Forward>(decoded->body).commands)
        ids.push_back(forwarded.id);
    return ids;
}

std::string refusal(const Cluster& cluster, int from, int to, std::uint64_t id) {
    wire::ForwardReply reply;
    wire::ForwardedOutcome& refusal = reply.outcomes.emplace_back();
    refusal.id = id;
    refusal.outcome.code = Code::unavailable;
    refusal.message = "late news";
    return cluster.frame(from, to, reply);
}

// Everything twice: for the write of a client with a session, and of one without.
class Forwarding : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    [[nodiscard]] static wire::Request write(std::uint64_t id, std::string_view key) {
        return put(id, key, "v", GetParam(), GetParam() == no_session ? 0 : 1);
    }
    // Node 1 leads, and proposes what comes, but nothing is committed until let_commit().
    static void hold_commits(Cluster& cluster) {
        cluster.elect(1);
        cluster.cut(2);
        cluster.disk(3).held = true;
    }
    static void let_commit(Cluster& cluster) {
        cluster.disk(3).held = false;
        cluster.advance(milliseconds{1500});
    }
};

INSTANTIATE_TEST_SUITE_P(, Forwarding, ::testing::Values(no_session, a_client), [](const auto& of) {
    return of.param == no_session ? "WithoutSession" : "WithSession";
});

// --- the bus repeats ---------------------------------------------------------------------------------------

TEST_P(Forwarding, AFrameThatTheBusRepeatsIsAppliedOnce) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "c", write(1, "k"));
    cluster.node(3).turn(cluster.now());
    const auto forwards = cluster.sent<wire::Forward>(3);
    ASSERT_EQ(forwards.size(), 1U);
    cluster.deliver(1, forwards[0]);  // before the first copy,
    cluster.settle();
    cluster.deliver(1, forwards[0]);  // and long after it
    cluster.settle();
    const auto end = end_of(cluster, 3, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::ok);
    EXPECT_EQ(end->revision, Revision{2});
    EXPECT_EQ(version_of(cluster, 1, "k"), 1U);
}

TEST_P(Forwarding, AnAnswerThatTheBusRepeatsAnswersNothingElse) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "c", write(1, "k"));
    cluster.settle();
    ASSERT_EQ(end_of(cluster, 3, "c")->code, Code::ok);
    const auto answers = cluster.sent<wire::ForwardReply>(1);
    ASSERT_EQ(answers.size(), 1U);
    cluster.cut(1);
    cluster.request(3, "other", put(2, "other", "v"));
    cluster.settle();
    cluster.deliver(3, answers[0]);
    cluster.settle();
    EXPECT_FALSE(end_of(cluster, 3, "c"));
    EXPECT_FALSE(end_of(cluster, 3, "other"));
}

TEST_P(Forwarding, WhenOnlyTheAnswerIsLostTheWriteIsAppliedOnceAndAnswered) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "c", write(1, "k"));
    cluster.node(3).turn(cluster.now());
    const auto forwards = cluster.sent<wire::Forward>(3);
    ASSERT_EQ(forwards.size(), 1U);
    cluster.cut(3);
    cluster.deliver(1, forwards[0]);
    cluster.settle();
    ASSERT_EQ(version_of(cluster, 1, "k"), 1U);
    EXPECT_FALSE(end_of(cluster, 3, "c"));
    cluster.heal();
    cluster.advance(milliseconds{1200});
    const auto end = end_of(cluster, 3, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::ok);
    EXPECT_EQ(end->revision, Revision{2});
    EXPECT_EQ(version_of(cluster, 1, "k"), 1U);
}

// --- a former life -----------------------------------------------------------------------------------------

TEST_P(Forwarding, AnAnswerToAFormerLifeIsNotTakenForOneToThis) {
    Cluster cluster(3);
    hold_commits(cluster);
    cluster.request(3, "old", write(1, "old"));
    cluster.settle();
    cluster.restart(3);
    cluster.request(3, "new", put(2, "new", "v", GetParam() == no_session ? 0 : 55, 1));
    let_commit(cluster);
    ASSERT_FALSE(cluster.sent<wire::ForwardReply>(1).empty());
    EXPECT_FALSE(end_of(cluster, 3, "old")) << "who asked it is no longer connected";
    const auto end = end_of(cluster, 3, "new");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::ok);
    const auto found = cluster.node(1).machine().range({.key = "new"});
    ASSERT_EQ(found.records.size(), 1U) << "acknowledged, and nowhere";
    EXPECT_EQ(found.records[0].mod_revision, end->revision);
    EXPECT_EQ(version_of(cluster, 1, "old"), 1U);
}

TEST_P(Forwarding, AFrameOfAFormerLifeDoesNotStandInForOneOfThis) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "old", write(1, "old"));
    cluster.node(3).turn(cluster.now());
    const auto forwards = cluster.sent<wire::Forward>(3);
    ASSERT_EQ(forwards.size(), 1U);
    cluster.restart(3);
    cluster.advance(milliseconds{120});
    cluster.request(3, "new", put(2, "new", "v", GetParam() == no_session ? 0 : 55, 1));
    cluster.settle();
    cluster.deliver(1, forwards[0]);
    cluster.settle();
    ASSERT_EQ(end_of(cluster, 3, "new")->code, Code::ok);
    EXPECT_EQ(version_of(cluster, 1, "new"), 1U);
    EXPECT_EQ(version_of(cluster, 1, "old"), 1U) << "two sessions: neither write hides the other";
}

// --- refusals ----------------------------------------------------------------------------------------------

TEST_P(Forwarding, ALateRefusalDoesNotMakeAWriteBeAppliedTwice) {
    Cluster cluster(3);
    hold_commits(cluster);
    cluster.request(3, "c", write(1, "k"));
    cluster.settle();
    const auto id = ids_in(cluster.sent<wire::Forward>(3).at(0)).at(0);
    cluster.deliver(3, refusal(cluster, 2, 3, id));
    cluster.deliver(3, refusal(cluster, 2, 3, id));
    cluster.advance(milliseconds{1300});
    ASSERT_GE(cluster.sent<wire::Forward>(3).size(), 2U) << "it goes out again";
    let_commit(cluster);
    const auto end = end_of(cluster, 3, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::ok);
    EXPECT_EQ(version_of(cluster, 1, "k"), 1U);
}

TEST_P(Forwarding, AWriteThatWasRefusedLateIsUnknownWhenNoWordComes) {
    Cluster cluster(3);
    hold_commits(cluster);
    auto hasty = write(1, "k");
    hasty.timeout_ms = 600;
    cluster.request(3, "c", hasty);
    cluster.settle();
    const auto id = ids_in(cluster.sent<wire::Forward>(3).at(0)).at(0);
    cluster.deliver(3, refusal(cluster, 2, 3, id));
    cluster.advance(milliseconds{700});
    const auto end = end_of(cluster, 3, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::outcome_unknown) << "the first copy is in the log of node 1";
}

// The first copy is proposed, and does not come further for now.
enum class Refusal : std::uint8_t { overload, no_space };

void refuse_copies(Cluster& cluster, Refusal refusal) {
    cluster.settle();
    if (refusal == Refusal::no_space) cluster.disk(1).free_bytes = 1 << 20;
}

TEST_P(Forwarding, ACopyThatIsRefusedDoesNotSettleTheWrite) {
    for (const auto refusal : {Refusal::overload, Refusal::no_space}) {
        Cluster cluster(3, refusal == Refusal::overload ? 1 : 1000);
        hold_commits(cluster);
        cluster.request(3, "c", write(1, "k"));
        refuse_copies(cluster, refusal);
        cluster.advance(milliseconds{1300});
        ASSERT_FALSE(cluster.sent<wire::ForwardReply>(1).empty()) << "the copy was refused";
        EXPECT_FALSE(end_of(cluster, 3, "c"));
        let_commit(cluster);
        const auto end = end_of(cluster, 3, "c");
        ASSERT_TRUE(end);
        EXPECT_EQ(end->code, Code::ok);
        EXPECT_EQ(version_of(cluster, 1, "k"), 1U);
    }
}

TEST_P(Forwarding, AtItsDeadlineAWriteWhoseCopyWasRefusedIsUnknownAndSaysWhy) {
    for (const auto refusal : {Refusal::overload, Refusal::no_space}) {
        Cluster cluster(3, refusal == Refusal::overload ? 1 : 1000);
        hold_commits(cluster);
        cluster.request(3, "c", write(1, "k"));
        refuse_copies(cluster, refusal);
        cluster.advance(milliseconds{5100});
        const auto end = end_of(cluster, 3, "c");
        ASSERT_TRUE(end);
        EXPECT_EQ(end->code, Code::outcome_unknown);
        EXPECT_THAT(end->message, HasSubstr(refusal == Refusal::overload ? "too many requests under way"
                                                                         : "MiB of disk left"));
        let_commit(cluster);
        EXPECT_EQ(version_of(cluster, 1, "k"), 1U) << "and so it was";
    }
}

TEST_P(Forwarding, AWriteThatWasNeverSentAnywhereIsNotAppliedAtItsDeadline) {
    Cluster cluster(3);
    for (const int node : {1, 2})
        cluster.cut(node);
    cluster.request(3, "c", write(1, "k"));
    cluster.advance(milliseconds{4900});
    EXPECT_FALSE(end_of(cluster, 3, "c"));
    cluster.advance(milliseconds{200});
    const auto end = end_of(cluster, 3, "c");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, Code::unavailable);
    EXPECT_TRUE(cluster.sent<wire::Forward>(3).empty());
}

// --- the node's own session --------------------------------------------------------------------------------

machine::Command first_command_in(const std::string& frame) {
    return std::get<wire::Forward>(wire::decode_peer_frame(frame)->body).commands.at(0).command;
}

TEST(ForwardingInSessions, AWriteIsNotMadeStaleByLaterOnesOfTheNodesOwnSession) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(3);
    cluster.request(3, "first", put(1, "first", "v"));
    cluster.settle();
    cluster.heal();
    cluster.request(3, "second", put(2, "second", "v"));
    cluster.settle();
    EXPECT_EQ(end_of(cluster, 3, "second")->code, Code::ok);
    EXPECT_FALSE(end_of(cluster, 3, "first"));
    cluster.advance(milliseconds{1200});
    EXPECT_EQ(end_of(cluster, 3, "first")->code, Code::ok);
    EXPECT_EQ(version_of(cluster, 1, "first"), 1U);
}

TEST(ForwardingInSessions, WhatWasAnsweredOrGivenUpIsForgotten) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "c", put(1, "k", "v"));
    cluster.settle();
    cluster.cut(3);
    auto hasty = put(2, "k", "v");
    hasty.timeout_ms = 100;
    cluster.request(3, "c", hasty);
    cluster.advance(milliseconds{150});
    cluster.heal();
    cluster.request(3, "c", put(3, "k", "v"));
    cluster.settle();
    const auto forwards = cluster.sent<wire::Forward>(3);
    ASSERT_EQ(forwards.size(), 3U);
    for (const std::uint64_t nth : {1, 2, 3}) {
        const auto command = first_command_in(forwards[nth - 1]);
        EXPECT_EQ(command.sequence, Sequence{nth});
        EXPECT_EQ(command.first_unanswered, Sequence{nth});
    }
}

// The machine keeps so many outcomes of one session and refuses further writes until it may forget some.
TEST(ForwardingInSessions, MoreWritesThanOneSessionMayHaveUnderWayAllSucceed) {
    Cluster cluster(3);
    cluster.elect(1);
    const std::uint64_t count = machine::Limits{}.unanswered_max + 2'000;
    for (std::uint64_t id = 1; id <= count; ++id)
        cluster.request(3, "c", put(id, "k", "v"));
    cluster.advance(milliseconds{200});
    const auto replies = cluster.replies(3, "c");
    EXPECT_EQ(replies.size(), count);
    const auto refused = std::ranges::count_if(
        replies, [](const wire::Reply& reply) { return std::holds_alternative<Error>(reply.body); });
    EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace kvbus::node::testing
