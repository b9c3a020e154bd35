// Section 5.3 of the Raft paper and the rules of Figure 2 for leaders.

#include "support.h"

namespace kvbus::raft::test {
namespace {

AppendReply rejected(std::uint64_t previous, EntryId hint) {
    return {.accepted = false, .match = Index{previous}, .hint = hint};
}

FollowerStatus follower_of(const Subject& leader, NodeId id) {
    for (const FollowerStatus& follower : leader.status().followers) {
        if (follower.id == id) return follower;
    }
    ADD_FAILURE() << "no such follower";
    return {};
}

// Figure 2, volatile state on leaders: "nextIndex[] … (initialized to leader last log index + 1)";
// "matchIndex[] … (initialized to 0)".
TEST(Replication, ANewLeaderStartsAtTheEndOfItsLogAndKnowsNothingOfTheOthers) {
    Subject leader({.log = {1, 1}});
    leader.become_leader();
    for (const NodeId id : {two, three}) {
        const auto appends = leader.sent<Append>(id);
        ASSERT_FALSE(appends.empty());
        EXPECT_EQ(appends.front().body.previous, at(1, 2));
        EXPECT_EQ(follower_of(leader, id).match, Index{0});
    }
}

// Section 8: "Raft handles this by having each leader commit a blank no-op entry into the log at the start of
// its term."
TEST(Replication, ANewLeaderAppendsANoOp) {
    Subject leader({.log = {1, 1}, .term = 4});
    leader.become_leader();
    ASSERT_EQ(leader.log().size(), 3u);
    EXPECT_EQ(leader.log().back().id, at(5, 3));
    EXPECT_EQ(leader.log().back().type, EntryType::no_op);
    EXPECT_EQ(leader.entries_sent(two), (std::vector{leader.log().back()}));
}

// Figure 2, leaders: "If command received from client: append entry to local log, respond after entry applied
// to state machine."
TEST(Replication, AProposalIsAppendedAndAppliedOnlyOnceCommitted) {
    Subject leader;
    leader.become_leader();
    const auto id = leader.propose("a");
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(*id, at(1, 2));
    EXPECT_EQ(leader.log().back(), entry(1, 2, "a"));
    leader.persist();
    EXPECT_TRUE(leader.applied().empty());
    leader.acknowledge(two, 2);
    ASSERT_EQ(leader.applied().size(), 2u);
    EXPECT_EQ(leader.applied().back(), entry(1, 2, "a"));
}

// 5.3: "issues AppendEntries RPCs in parallel to each of the other servers to replicate the entry".
TEST(Replication, AProposalGoesToAllOthersAtOnce) {
    Subject leader({.nodes = 5});
    leader.become_leader();
    for (const NodeId id : {two, three, four, five})
        leader.acknowledge(id, 1);
    ASSERT_TRUE(leader.propose("a").ok());
    for (const NodeId id : {two, three, four, five}) {
        const auto append = leader.only<Append>(id);
        EXPECT_EQ(append.term, Term{1});
        EXPECT_EQ(append.body.previous, at(1, 1));
        EXPECT_EQ(append.body.commit, Index{1});
        EXPECT_EQ(append.body.entries, (std::vector{entry(1, 2, "a")}));
    }
}

// 5.3: only the leader takes requests.
TEST(Replication, OnlyTheLeaderTakesProposals) {
    Subject server;
    ASSERT_FALSE(server.propose("a").ok());
    EXPECT_EQ(server.propose("a").error().code, Code::unavailable);
    server.become_candidate();
    EXPECT_EQ(server.propose("a").error().code, Code::unavailable);
}

// 5.3: "A log entry is committed once the leader that created the entry has replicated it on a majority of
// the servers."
TEST(Replication, AnEntryIsCommittedOnceAMajorityHasIt) {
    struct Case {
        std::uint64_t nodes;
        std::uint64_t acknowledgements;  // the leader has it durable as well
        bool committed;
    };
    for (const auto& c : {Case{1, 0, true}, Case{2, 0, false}, Case{2, 1, true}, Case{3, 0, false},
                          Case{3, 1, true}, Case{4, 1, false}, Case{4, 2, true}, Case{5, 1, false},
                          Case{5, 2, true}, Case{7, 2, false}, Case{7, 3, true}}) {
        SCOPED_TRACE(std::to_string(c.acknowledgements) + " of " + std::to_string(c.nodes));
        Subject leader({.nodes = c.nodes});
        if (c.nodes == 1) {
            leader.time_out();
            leader.persist();
        } else {
            leader.become_leader();
        }
        ASSERT_TRUE(leader.propose("a").ok());
        leader.persist();
        for (std::uint64_t id = 2; id < 2 + c.acknowledgements; ++id)
            leader.acknowledge(NodeId{id}, 2);
        EXPECT_EQ(leader.commit(), c.committed ? 2u : 0u);
    }
}

// The same sentence: the same server counts once.
TEST(Replication, RepeatedAcknowledgementsOfOneServerCountOnce) {
    Subject leader({.nodes = 5});
    leader.become_leader();
    for (int i = 0; i < 5; ++i)
        leader.acknowledge(two, 1);
    EXPECT_EQ(leader.commit(), 0u);
    leader.acknowledge(three, 1);
    EXPECT_EQ(leader.commit(), 1u);
}

// 5.3: "This also commits all preceding entries in the leader's log, including entries created by previous
// leaders."
TEST(Replication, CommittingAnEntryCommitsAllBeforeIt) {
    Subject leader({.log = {1, 2, 2}, .term = 3});
    leader.become_leader();
    EXPECT_TRUE(leader.applied().empty());
    leader.acknowledge(two, 4);
    EXPECT_EQ(leader.commit(), 4u);
    ASSERT_EQ(leader.applied().size(), 4u);
    EXPECT_EQ(leader.applied().front().id, at(1, 1));
    EXPECT_EQ(leader.applied().back().id, at(4, 4));
}

// 5.3: "The leader keeps track of the highest index it knows to be committed, and it includes that index in
// future AppendEntries RPCs (including heartbeats) so that the other servers eventually find out."
TEST(Replication, FollowersFindOutWhatIsCommittedWithinAHeartbeat) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    std::uint64_t told = 0;
    for (const auto& append : leader.sent<Append>(two))
        told = std::max(told, append.body.commit.value);
    for (const auto& beat : leader.sent<Heartbeat>(two))
        told = std::max(told, beat.body.commit.value);
    leader.pass(heartbeat);
    for (const auto& append : leader.sent<Append>(two))
        told = std::max(told, append.body.commit.value);
    for (const auto& beat : leader.sent<Heartbeat>(two))
        told = std::max(told, beat.body.commit.value);
    EXPECT_EQ(told, 1u);
}

// A heartbeat checks no previous entry, so it must not name an entry that this follower may not have.
TEST(Replication, AHeartbeatNeverCommitsMoreThanTheFollowerIsKnownToHave) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    leader.pass(heartbeat);
    for (const auto& beat : leader.sent<Heartbeat>(three))
        EXPECT_EQ(beat.body.commit, Index{0});
}

// Figure 2, leaders: "If successful: update nextIndex and matchIndex for follower." An older reply takes
// nothing back.
TEST(Replication, MatchOnlyGrows) {
    Subject leader({.log = {1, 1, 1}});
    leader.become_leader();
    leader.acknowledge(two, 4);
    EXPECT_EQ(follower_of(leader, two).match, Index{4});
    EXPECT_EQ(follower_of(leader, two).next, Index{5});
    leader.acknowledge(two, 2);
    leader.receive(two, leader.term(), rejected(3, at(1, 2)));
    EXPECT_EQ(follower_of(leader, two).match, Index{4});
    EXPECT_GE(follower_of(leader, two).next, Index{5});
}

// Figure 2, leaders: "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry."
// With the follower's hint it goes back further in one step.
TEST(Replication, ARejectionMakesTheLeaderGoBackAndRetry) {
    Subject leader({.log = {1, 1, 1, 4, 4}});
    leader.become_leader();
    leader.receive(two, leader.term(), rejected(5, at(2, 4)));
    const auto retries = leader.sent<Append>(two);
    ASSERT_FALSE(retries.empty());
    EXPECT_EQ(retries.front().body.previous, at(1, 3)) << "no entry of term 4 can be in the follower's log";
}

// The same for a follower whose log is only too short.
TEST(Replication, AShortLogIsReachedInOneStep) {
    Subject leader({.log = {1, 1, 1, 1, 1, 1}, .term = 1});
    leader.become_leader();
    leader.receive(two, leader.term(), rejected(6, at(1, 2)));
    const auto retries = leader.sent<Append>(two);
    ASSERT_FALSE(retries.empty());
    EXPECT_EQ(retries.front().body.previous, at(1, 2));
}

// 5.3: "If desired, the protocol can be optimized to reduce the number of rejected AppendEntries RPCs."
// The logs of Figure 7: from each of them the follower is brought to the leader's log, in at most two
// rejections.
TEST(Replication, FollowersOfFigure7AreBroughtToTheLeadersLog) {
    const std::vector<std::vector<std::uint64_t>> logs{
        {1, 1, 1, 4, 4, 5, 5, 6, 6},           // a
        {1, 1, 1, 4},                          // b
        {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},     // c
        {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},  // d
        {1, 1, 1, 4, 4, 4, 4},                 // e
        {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3},     // f
    };
    for (const auto& log : logs) {
        SCOPED_TRACE(describe(log_of(log)));
        Subject leader({.log = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6}, .term = 7});
        Subject follower({.self = 2, .log = log, .term = 7});
        leader.become_leader();
        int rejections = 0;
        std::vector<Envelope> requests = leader.outbox();
        for (int round = 0; round < 10 && follower.log() != leader.log(); ++round) {
            std::vector<Envelope> next;
            for (const Envelope& request : requests) {
                if (request.to != two || !std::holds_alternative<Append>(request.message.body)) continue;
                follower.ask(one, request.message.term.value, request.message.body);
                const AppendReply reply = follower.only<AppendReply>(one).body;
                if (!reply.accepted) ++rejections;
                leader.receive(two, leader.term(), reply);
                next.insert(next.end(), leader.outbox().begin(), leader.outbox().end());
            }
            requests = std::move(next);
        }
        EXPECT_EQ(follower.log(), leader.log());
        EXPECT_LE(rejections, 2);
        EXPECT_EQ(follower_of(leader, two).match, Index{11});
        EXPECT_EQ(leader.commit(), 11u);
    }
}

// 5.3: "A leader never overwrites or deletes entries in its own log" (Leader Append-Only, Figure 3).
TEST(Replication, ALeaderIgnoresAppendsInItsOwnTerm) {
    Subject leader({.log = {1, 1}});
    leader.become_leader();
    const auto before = leader.log();
    leader.ask(two, leader.term(),
               Append{.previous = at(1, 1), .commit = Index{2}, .entries = {entry(2, 2)}});
    leader.ask(two, leader.term(), Heartbeat{.commit = Index{2}, .round = 1});
    EXPECT_EQ(leader.log(), before);
    EXPECT_EQ(leader.kind(), RoleKind::leader);
    EXPECT_EQ(leader.commit(), 0u);
    EXPECT_EQ(leader.status().ignored, 2u);
}

}  // namespace
}  // namespace kvbus::raft::test
