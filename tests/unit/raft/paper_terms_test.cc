// Section 5.1 of the Raft paper, and the rule of Figure 2 for all servers: what a term in a message does.

#include "support.h"

namespace kvbus::raft::test {
namespace {

VoteReply vote(bool granted) {
    return {.pre = false, .granted = granted};
}
VoteRequest vote_request(EntryId last) {
    return {.pre = false, .last = last};
}

// 5.1: "If a server receives a request with a stale term number, it rejects the request."
TEST(Terms, ARequestWithAStaleTermIsRejected) {
    const std::vector<Subject::Body> requests{vote_request(at(1, 9)),
                                              Append{.previous = {}, .commit = {}, .entries = {entry(2, 1)}},
                                              Heartbeat{.commit = Index{1}, .round = 1}};
    for (const auto& request : requests) {
        SCOPED_TRACE(kind_of(Message{Term{2}, request}));
        Subject server({.log = {1}, .term = 3});
        server.ask(two, 2, request);
        ASSERT_EQ(server.outbox().size(), 1u) << "the sender must learn that it is behind";
        EXPECT_EQ(server.outbox().front().message.term, Term{3});
        EXPECT_EQ(server.term(), 3u);
        EXPECT_EQ(server.leader(), NodeId{});
        EXPECT_EQ(server.commit(), 0u);
        EXPECT_EQ(server.log(), log_of({1}));
    }
}

// 5.1: "if one server's current term is smaller than the other's, then it updates its current term to the
// larger value." Figure 2: "If RPC request or response contains term T > currentTerm: set currentTerm = T,
// convert to follower."
TEST(Terms, ALargerTermIsAdopted) {
    const std::vector<Subject::Body> messages{vote_request({}),
                                              vote(false),
                                              Append{.previous = at(6, 3), .commit = {}, .entries = {}},
                                              AppendReply{.accepted = false, .match = {}, .hint = {}},
                                              Heartbeat{.commit = {}, .round = 1},
                                              HeartbeatReply{.round = 0, .last = {}}};
    for (const auto& message : messages) {
        SCOPED_TRACE(kind_of(Message{Term{7}, message}));
        Subject follower({.term = 3});
        follower.ask(two, 7, message);
        EXPECT_EQ(follower.term(), 7u);
        EXPECT_EQ(follower.disk().durable().hard_state.term, Term{7});

        Subject candidate({.log = {1}, .term = 3});
        candidate.become_candidate();
        candidate.ask(two, 7, message);
        EXPECT_EQ(candidate.kind(), RoleKind::follower);
        EXPECT_EQ(candidate.term(), 7u);
        EXPECT_EQ(candidate.disk().durable().hard_state.term, Term{7});
    }
}

// 5.1: "If a candidate or leader discovers that its term is out of date, it immediately reverts to follower
// state."
TEST(Terms, ALeaderWhoseTermIsOutOfDateRevertsToFollower) {
    const std::vector<Subject::Body> messages{
        AppendReply{.accepted = false, .match = {}, .hint = {}}, HeartbeatReply{.round = 0, .last = {}},
        Append{.previous = {}, .commit = {}, .entries = {}}, Heartbeat{.commit = {}, .round = 1}};
    for (const auto& message : messages) {
        SCOPED_TRACE(kind_of(Message{Term{7}, message}));
        Subject leader;
        leader.become_leader();
        leader.ask(two, 7, message);
        EXPECT_EQ(leader.kind(), RoleKind::follower);
        EXPECT_EQ(leader.term(), 7u);
        EXPECT_FALSE(leader.propose("x").ok());
    }
}

// 5.1: "Each term … at most one leader": the vote of an earlier term does not bind in a later one.
TEST(Terms, AVoteIsForOneTermOnly) {
    Subject voter({.term = 3, .vote = two});
    voter.ask(three, 4, vote_request({}));
    EXPECT_TRUE(voter.only<VoteReply>(three).body.granted);
    EXPECT_EQ(voter.disk().durable().hard_state, (HardState{Term{4}, three, Index{0}}));
}

}  // namespace
}  // namespace kvbus::raft::test
