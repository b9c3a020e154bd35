#include "node/node.h"

#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"
#include "wire/peer_frames.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Code code_of(const wire::Reply& reply) {
    const auto* error = std::get_if<Error>(&reply.body);
    return error == nullptr ? Code::ok : error->code;
}

Revision revision_of(const wire::Reply& reply) {
    return std::get<machine::Outcome>(reply.body).revision;
}

std::string value_of(const wire::Reply& reply) {
    const auto& range = std::get<machine::RangeAnswer>(reply.body);
    return range.kvs.empty() ? "(none)" : range.kvs[0].value;
}

TEST(Node, AloneItLeadsAndServes) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    EXPECT_TRUE(cluster.node(1).serving());
    cluster.request(1, "c", put(1, "k", "v"));
    cluster.request(1, "c", get(2, "k"));
    cluster.settle();
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 2U);
}

TEST(Node, AProcessThatWasStoppedForMinutesKnowsIt) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    const auto& node = cluster.node(1);
    EXPECT_LE(node.deadline(), cluster.now() + seconds{75}) << "idle, but not stopped, it has its turns";
    EXPECT_FALSE(node.stood_still(cluster.now() + seconds{150}));
    EXPECT_TRUE(node.stood_still(cluster.now() + seconds{151}));
    cluster.node(1).turn(cluster.now() + seconds{151});
    EXPECT_FALSE(node.stood_still(cluster.now() + seconds{152}));
}

TEST(Node, AWriteIsAnsweredOnlyWhenAMajorityHasItOnDisk) {
    Cluster cluster(3);
    cluster.elect(1);
    for (const int follower : {2, 3})
        cluster.disk(follower).held = true;
    cluster.request(1, "c", put(1, "k", "v"));
    cluster.advance(milliseconds{30});
    EXPECT_TRUE(cluster.replies(1, "c").empty()) << "the leader's own disk is no majority";
    cluster.disk(3).held = false;
    cluster.settle();
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::ok);
    EXPECT_EQ(revision_of(replies[0]), Revision{2});
    EXPECT_EQ(replies[0].head.header.leader, NodeId{1});
}

TEST(Node, AMajorityOfFollowersIsEnoughWhileTheLeadersDiskIsSlow) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.disk(1).held = true;
    cluster.request(1, "c", put(1, "k", "v"));
    cluster.settle();
    EXPECT_EQ(cluster.replies(1, "c").size(), 1U);
}

TEST(Node, TheWritesOfATurnShareOneEntryAndTheirRepliesOneFrame) {
    Cluster cluster(3);
    cluster.elect(1);
    const auto entries = cluster.disk(1).log.entries.size();
    const auto frames = cluster.reply_port(1).frames;
    std::string body;
    for (std::uint64_t id = 1; id <= 100; ++id)
        wire::append_request(body, put(id, "k" + std::to_string(id), "v"));
    cluster.node(1).client_frame(cluster.now(), {Blob::copy_of("c"), false}, body);
    cluster.settle();
    EXPECT_EQ(cluster.disk(1).log.entries.size(), entries + 1);
    EXPECT_EQ(cluster.reply_port(1).frames, frames + 1);
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 100U);
    for (std::uint64_t i = 0; i < 100; ++i)
        EXPECT_EQ(revision_of(replies[i]), Revision{2 + i});
}

TEST(Node, AReqSocketGetsOneReplyPerFrame) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    const auto frames = cluster.reply_port(1).frames;
    cluster.request(1, "c", get(1, "a", true), true);
    cluster.request(1, "c", get(2, "a", true), true);
    cluster.settle();
    EXPECT_EQ(cluster.reply_port(1).frames, frames + 2);
}

TEST(Node, AReqSocketMayNotSendTwoRequestsAtOnce) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    std::string body;
    wire::append_request(body, put(1, "k", "v"));
    wire::append_request(body, put(2, "k", "v"));
    cluster.node(1).client_frame(cluster.now(), {Blob::copy_of("c"), true}, body);
    cluster.settle();
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::malformed);
    EXPECT_EQ(cluster.node(1).machine().revision(), Revision{1}) << "neither was applied";
}

TEST(Node, EveryNodeAppliesTheSame) {
    Cluster cluster(3);
    cluster.elect(2);
    for (std::uint64_t id = 1; id <= 20; ++id)
        cluster.request(2, "c", put(id, "k" + std::to_string(id % 7), "v"));
    cluster.advance(milliseconds{100});
    for (const int i : {1, 2, 3}) {
        EXPECT_EQ(cluster.node(i).machine().revision(), Revision{21});
        EXPECT_EQ(cluster.node(i).status(cluster.now()).state_hash,
                  cluster.node(2).status(cluster.now()).state_hash);
    }
}

TEST(Node, AFollowerForwardsAWriteAndAnswersItself) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(3, "c", put(5, "k", "v"));
    cluster.settle();
    const auto replies = cluster.replies(3, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].head.id, 5U);
    EXPECT_EQ(code_of(replies[0]), Code::ok);
    EXPECT_EQ(replies[0].head.header.node, NodeId{3});
    EXPECT_EQ(replies[0].head.header.leader, NodeId{1}) << "so that the client can go there next time";
}

TEST(Node, AFollowerReadsWhatWasWrittenBefore) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(1, "w", put(1, "k", "new"));
    cluster.settle();
    ASSERT_EQ(cluster.replies(1, "w").size(), 1U);
    cluster.request(2, "r", get(1, "k"));
    cluster.settle();
    const auto replies = cluster.replies(2, "r");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(value_of(replies[0]), "new");
}

TEST(Node, AReadWaitsUntilTheMapHasReachedWhatWasGranted) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(3);
    cluster.request(1, "w", put(1, "k", "new"));
    cluster.settle();
    ASSERT_EQ(cluster.replies(1, "w").size(), 1U);
    cluster.heal();
    cluster.request(3, "r", get(1, "k"));
    cluster.settle();
    EXPECT_TRUE(cluster.replies(3, "r").empty()) << "the index is granted, but the entry was lost on its way";
    cluster.advance(milliseconds{200});
    const auto replies = cluster.replies(3, "r");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(value_of(replies[0]), "new");
}

TEST(Node, ALeaderThatIsCutOffAnswersNoLinearizableRead) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    cluster.request(1, "r", get(1, "k"));
    cluster.request(1, "r", get(2, "k", true));
    cluster.advance(milliseconds{100});
    const auto replies = cluster.replies(1, "r");
    ASSERT_EQ(replies.size(), 1U) << "the serializable one only";
    EXPECT_EQ(replies[0].head.id, 2U);
}

TEST(Node, AWriteWithoutAQuorumIsUnknownNeverFailed) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    cluster.request(1, "c", put(1, "k", "v"));
    cluster.advance(seconds{6});
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::outcome_unknown);
}

TEST(Node, WithoutALeaderAWriteWaitsAndIsThenCertainlyNotApplied) {
    Cluster cluster(3);
    for (const int i : {2, 3})
        cluster.cut(i);
    auto request = put(1, "k", "v");
    request.timeout_ms = 300;
    cluster.request(1, "c", request);
    cluster.advance(milliseconds{250});
    EXPECT_TRUE(cluster.replies(1, "c").empty());
    cluster.advance(milliseconds{100});
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::unavailable);
}

TEST(Node, AWriteThatWaitedForALeaderIsAppliedOnceThereIsOne) {
    Cluster cluster(3);
    cluster.request(3, "c", put(1, "k", "v"));
    cluster.elect(1);
    const auto replies = cluster.replies(3, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::ok);
}

TEST(Node, ARetryAtAnotherNodeIsAppliedOnce) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.request(2, "c", put(1, "k", "v", 99, 1));
    cluster.request(3, "c", put(1, "k", "v", 99, 1));
    cluster.settle();
    const auto one = cluster.replies(2, "c");
    const auto other = cluster.replies(3, "c");
    ASSERT_EQ(one.size(), 1U);
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(revision_of(one[0]), revision_of(other[0]));
    EXPECT_EQ(cluster.node(1).machine().revision(), Revision{2});
}

TEST(Node, ALostForwardIsSentAgainWhenItHasASession) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(3);
    cluster.request(3, "c", put(1, "k", "v", 99, 1));
    cluster.settle();
    cluster.heal();
    EXPECT_TRUE(cluster.replies(3, "c").empty());
    cluster.advance(milliseconds{1200});
    const auto replies = cluster.replies(3, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::ok);
}

TEST(Node, ALostForwardWithoutASessionIsSentAgainInTheNodesOwn) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(3);
    cluster.request(3, "c", put(1, "k", "v"));
    cluster.settle();
    cluster.heal();
    EXPECT_TRUE(cluster.replies(3, "c").empty());
    cluster.advance(seconds{6});
    const auto replies = cluster.replies(3, "c");
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(code_of(replies[0]), Code::ok);
    EXPECT_EQ(cluster.node(1).machine().revision(), Revision{2}) << "applied exactly once";
}

TEST(Node, ALeaderThatLosesItsOfficeSaysSoAtOnce) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1);
    cluster.request(1, "c", put(1, "k", "v", 99, 1));
    cluster.advance(milliseconds{2500});
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U) << "well before the deadline of five seconds";
    EXPECT_EQ(code_of(replies[0]), Code::outcome_unknown);
}

TEST(Node, AFullDiskRefusesWritesAndServesReads) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    cluster.disk(1).free_bytes = 1 << 20;
    cluster.request(1, "c", put(1, "k", "v"));
    cluster.request(1, "c", get(2, "k"));
    cluster.settle();
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(code_of(replies[0]), Code::no_space);
    EXPECT_EQ(code_of(replies[1]), Code::ok);
    cluster.disk(1).free_bytes = std::uint64_t{1} << 40;
    cluster.request(1, "c", put(3, "k", "v"));
    cluster.settle();
    EXPECT_EQ(code_of(cluster.replies(1, "c").at(0)), Code::ok) << "the alarm clears by itself";
}

TEST(Node, TooMuchAtOnceIsRefusedEarly) {
    Cluster cluster(3, 10);
    cluster.elect(1);
    for (const int follower : {2, 3})
        cluster.disk(follower).held = true;
    for (std::uint64_t id = 1; id <= 12; ++id)
        cluster.request(1, "c", put(id, "k", "v"));
    cluster.settle();
    const auto refused = cluster.replies(1, "c");
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(code_of(refused[0]), Code::overloaded);
    for (const int follower : {2, 3})
        cluster.disk(follower).held = false;
    cluster.settle();
    EXPECT_EQ(cluster.replies(1, "c").size(), 10U);
    cluster.request(1, "c", put(13, "k", "v"));
    cluster.settle();
    EXPECT_EQ(code_of(cluster.replies(1, "c").at(0)), Code::ok) << "what was answered counts no longer";
}

TEST(Node, GarbageChangesNothingButACounter) {
    Cluster cluster(1);
    cluster.advance(milliseconds{10});
    const auto before = cluster.node(1).status(cluster.now());
    cluster.node(1).client_frame(cluster.now(), {Blob::copy_of("c"), false}, "\xc1garbage");
    cluster.node(1).peer_frame(cluster.now(), "garbage");
    cluster.settle();
    const auto after = cluster.node(1).status(cluster.now());
    EXPECT_EQ(after.bad_client_frames, before.bad_client_frames + 1);
    EXPECT_EQ(after.bad_peer_frames, before.bad_peer_frames + 1);
    EXPECT_EQ(after.applied, before.applied);
    EXPECT_EQ(after.state_hash, before.state_hash);
}

TEST(Node, FramesOfAnotherClusterAreCountedAndDropped) {
    Cluster cluster(3);
    cluster.elect(1);
    const raft::Message usurper{Term{99}, raft::Heartbeat{}};
    const auto frame = [&](std::uint64_t of, std::uint64_t from, std::uint64_t to) {
        return wire::encode_peer_frame(
            {.cluster = ClusterId{of}, .group = {}, .from = NodeId{from}, .to = NodeId{to}}, usurper);
    };
    const auto before = cluster.node(1).status(cluster.now()).bad_peer_frames;
    cluster.node(1).peer_frame(cluster.now(), frame(8, 2, 1));  // another cluster
    cluster.node(1).peer_frame(cluster.now(), frame(7, 9, 1));  // a stranger
    cluster.node(1).peer_frame(cluster.now(), frame(7, 2, 3));  // for somebody else
    cluster.settle();
    EXPECT_EQ(cluster.node(1).status(cluster.now()).bad_peer_frames, before + 3);
    EXPECT_EQ(cluster.node(1).core().role().kind, raft::RoleKind::leader);
}

TEST(Node, NodesLearnEachOthersClientUrls) {
    Cluster cluster(3);
    cluster.advance(milliseconds{10});
    cluster.request(1, "c", {.id = 1, .timeout_ms = 0, .body = wire::MembersRequest{}});
    cluster.settle();
    const auto replies = cluster.replies(1, "c");
    ASSERT_EQ(replies.size(), 1U);
    for (const auto& member : std::get<std::vector<Member>>(replies[0].body)) {
        if (member.name != "n1") {
            EXPECT_EQ(member.client_url, "tcp://" + member.name + ":4370");
        }
    }
}

}  // namespace
}  // namespace kvbus::node::testing
