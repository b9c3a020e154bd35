// What the core adds to the paper: one take() for a whole turn, the window of the log, commit news, the quick
// election.

#include <algorithm>
#include <array>
#include <set>

#include "raft/invariants.h"
#include "support.h"

namespace kvbus::raft::test {
namespace {

// A core whose turns the test ends itself, so that several inputs can share one.
class Turn : public testing::Test {
  protected:
    Core start(std::uint64_t term = 0, const std::vector<std::uint64_t>& log = {}, NodeId self = one) {
        Config config;
        config.self = self;
        return {config, {{Term{term}, {}, {}}, {{one, two, three}}, {}, log_of(log)}, now};
    }

    Instant now = Instant{} + std::chrono::hours{1};
};

std::vector<EntryId> ids_of(const std::vector<Entry>& entries) {
    std::vector<EntryId> ids;
    for (const Entry& entry : entries)
        ids.push_back(entry.id);
    return ids;
}

void accept(Subject& leader, NodeId from, std::uint64_t match) {
    leader.receive(from, leader.term(), AppendReply{.accepted = true, .match = Index{match}, .hint = {}});
}

// --- one turn ----------------------------------------------------------------------------------------------

TEST_F(Turn, HasOneWriteForAllThatChanged) {
    Core core = start();
    core.step(now, two, {Term{1}, append({}, {entry(1, 1), entry(1, 2)})});
    core.step(now, two, {Term{1}, append(at(1, 2), {entry(1, 3)}, 2)});
    const Ready ready = core.take();
    ASSERT_TRUE(ready.write);
    EXPECT_EQ(ready.write->hard_state, (HardState{Term{1}, {}, Index{2}}));
    EXPECT_EQ(ready.write->truncate_from, std::nullopt);
    EXPECT_EQ(ids_of(ready.write->append), (std::vector{at(1, 1), at(1, 2), at(1, 3)}));
    EXPECT_EQ(ready.write->then_send.size(), 2u);
    EXPECT_EQ(ids_of(ready.apply), (std::vector{at(1, 1), at(1, 2)}));
}

TEST_F(Turn, MergesATruncationWithWhatTheDiskWasNeverTold) {
    Core core = start(1, {1, 1});
    core.step(now, two, {Term{2}, append(at(1, 2), {entry(2, 3), entry(2, 4)})});
    core.step(now, three, {Term{3}, append(at(1, 1), {entry(3, 2), entry(3, 3)})});
    const Ready ready = core.take();
    ASSERT_TRUE(ready.write);
    EXPECT_EQ(ready.write->truncate_from, Index{2});
    EXPECT_EQ(ids_of(ready.write->append), (std::vector{at(3, 2), at(3, 3)}));
    ASSERT_EQ(ready.write->then_send.size(), 1u) << "the promise to the leader of term 2 is void";
    EXPECT_EQ(ready.write->then_send.front().to, three);
    EXPECT_TRUE(violated_invariants(core).empty());
}

TEST_F(Turn, IsEmptyWhenNothingHappened) {
    Core core = start(1, {1});
    const Ready ready = core.take();
    EXPECT_TRUE(ready.send.empty() && ready.apply.empty() && ready.reads.empty() && ready.fetch.empty());
    EXPECT_FALSE(ready.write);
    EXPECT_FALSE(ready.role);
}

TEST_F(Turn, ReportsTheRoleWhenItChanged) {
    Core core = start();
    core.step(now, two, {Term{1}, Heartbeat{{}, 1}});
    EXPECT_EQ(core.take().role, (Role{RoleKind::follower, Term{1}, two}));
    core.step(now, two, {Term{1}, Heartbeat{{}, 2}});
    EXPECT_FALSE(core.take().role);
}

TEST_F(Turn, ACommitIndexAloneIsNotWorthAWrite) {
    Core core = start(1, {1, 1});
    core.step(now, two, {Term{1}, Heartbeat{Index{2}, 1}});
    const Ready ready = core.take();
    EXPECT_EQ(ready.apply.size(), 2u);
    EXPECT_FALSE(ready.write);
}

TEST_F(Turn, AWriteThatOnlyPromisesStoresNothing) {
    Core core = start();
    core.step(now, two, {Term{1}, append({}, {entry(1, 1)})});
    const Ready first = core.take();
    core.step(now, two, {Term{1}, append({}, {entry(1, 1)}, 1)});  // again, and meanwhile it was committed
    const Ready second = core.take();
    EXPECT_FALSE(first.write->only_promises());
    EXPECT_TRUE(second.write->only_promises());
    EXPECT_EQ(second.write->then_send.size(), 1u);
}

TEST_F(Turn, AcknowledgesAtOnceWhatIsDurable) {
    Core core = start(1, {1, 1});
    core.step(now, two, {Term{1}, append(at(1, 1), {entry(1, 2)})});
    const Ready ready = core.take();
    EXPECT_FALSE(ready.write);
    ASSERT_EQ(ready.send.size(), 1u);
    EXPECT_EQ(ready.send.front().message, (Message{Term{1}, AppendReply{true, Index{2}, {}}}));
}

TEST_F(Turn, BatchesAreAppendedInOrderUnderOneTerm) {
    Core core = start(1);
    while (core.role().kind != RoleKind::pre_candidate)
        core.tick(now = core.deadline());
    core.step(now, two, {Term{2}, VoteReply{true, true}});
    core.persisted(now, core.take().write->id);
    core.step(now, two, {Term{2}, VoteReply{false, true}});
    const std::array batches{Blob::copy_of("a"), Blob::copy_of("b")};
    EXPECT_EQ(core.propose(now, batches).value(), at(2, 2));
    const Ready ready = core.take();
    EXPECT_EQ(ids_of(ready.write->append), (std::vector{at(2, 1), at(2, 2), at(2, 3)}));
    EXPECT_EQ(ready.write->append.back().data, batches.back());
}

TEST_F(Turn, TicksThatAreNotDueChangeNothing) {
    Core core = start();
    const Instant deadline = core.deadline();
    core.tick(deadline - Duration{1});
    EXPECT_EQ(core.role().kind, RoleKind::follower);
    EXPECT_EQ(core.deadline(), deadline);
}

TEST_F(Turn, NodesThatShareASeedStillDrawDifferentTimeouts) {
    std::set<Instant> deadlines;
    for (const NodeId self : {one, two, three})
        deadlines.insert(start(0, {}, self).deadline());
    EXPECT_EQ(deadlines.size(), 3u);
}

TEST_F(Turn, AReadIsNeverNumberedLikeOneOfTheProcessBefore) {
    Core before = start();
    before.step(now, two, {Term{1}, Heartbeat{{}, 1}});
    const ReadId first = before.read(now).value();
    now += milliseconds{1};
    Core after = start(1);
    after.step(now, two, {Term{1}, Heartbeat{{}, 2}});
    EXPECT_NE(after.read(now).value(), first);
}

using TurnDeathTest = Turn;

TEST_F(TurnDeathTest, TheDiskCannotFinishWhatItWasNotGiven) {
    Core core = start();
    EXPECT_DEATH(core.persisted(now, WriteId{1}), "handed out");
}

// --- alone -------------------------------------------------------------------------------------------------

TEST(Alone, LeadsOnceItsVoteIsDurableAndThenNeedsNoClock) {
    Subject node({.nodes = 1});
    EXPECT_EQ(node.deadline(), node.now());
    node.pass({});
    EXPECT_EQ(node.kind(), RoleKind::candidate);
    node.persist();
    EXPECT_EQ(node.kind(), RoleKind::leader);
    EXPECT_EQ(node.deadline(), never);
}

TEST(Alone, ASlowDiskDoesNotMakeItCampaignAgain) {
    Subject node({.nodes = 1});
    node.time_out();
    EXPECT_EQ(node.deadline(), never);
    EXPECT_EQ(node.term(), 1u);
}

// --- commit news -------------------------------------------------------------------------------------------

TEST(CommitNews, GoesOutAtOnceInAHeartbeatWhenNothingElseDoes) {
    Subject leader;
    leader.become_leader();
    accept(leader, two, 1);
    EXPECT_EQ(leader.commit(), 1u);
    EXPECT_EQ(leader.only<Heartbeat>(two).body.commit, Index{1});
    EXPECT_TRUE(leader.sent<Heartbeat>(three).empty()) << "it is not known to have the entry";
    accept(leader, three, 1);
    EXPECT_EQ(leader.only<Heartbeat>(three).body.commit, Index{1});
    EXPECT_TRUE(leader.sent<Heartbeat>(two).empty()) << "it knows";
}

TEST(CommitNews, TravelsWithEntriesWhenThereAreSome) {
    Subject leader;
    leader.become_leader();
    accept(leader, two, 1);
    accept(leader, three, 1);
    ASSERT_TRUE(leader.propose("x").ok());
    leader.persist();
    accept(leader, two, 2);
    EXPECT_EQ(leader.commit(), 2u);
    ASSERT_TRUE(leader.propose("y").ok());
    EXPECT_EQ(leader.only<Append>(three).body.commit, Index{2});
    EXPECT_TRUE(leader.sent<Heartbeat>().empty());
}

TEST(CommitNews, NeedsNoAnswer) {
    Subject follower({.log = {1, 1}});
    follower.receive(two, 1, Heartbeat{Index{1}, 1});
    EXPECT_EQ(follower.sent<HeartbeatReply>(two).size(), 1u);
    follower.receive(two, 1, Heartbeat{Index{2}, 1});
    EXPECT_EQ(follower.commit(), 2u);
    EXPECT_TRUE(follower.sent<HeartbeatReply>(two).empty());
    follower.receive(two, 1, Heartbeat{Index{2}, 2});
    EXPECT_EQ(follower.sent<HeartbeatReply>(two).size(), 1u);
}

// --- answers to an older term ------------------------------------------------------------------------------

// Otherwise a reader could be confirmed by an answer that was given before it asked: the sender of the old
// heartbeat may lead the newer term by now, and have reached the same round again.
TEST(StaleTerm, TheAnswerTellsTheNewerTermAndAcknowledgesNothing) {
    Subject follower({.log = {1, 1}, .term = 3});
    follower.receive(two, 2, Heartbeat{{}, 91});
    EXPECT_EQ(follower.only<HeartbeatReply>(two).body, HeartbeatReply{});
    EXPECT_EQ(follower.only<HeartbeatReply>(two).term, Term{3});
    follower.receive(two, 2, append(at(1, 2), {entry(2, 3)}));
    EXPECT_EQ(follower.only<AppendReply>(two).body, AppendReply{});
    EXPECT_EQ(follower.only<AppendReply>(two).term, Term{3});
}

// --- hints -------------------------------------------------------------------------------------------------

TEST(Hint, JumpsOverATermAndNeverBelowTheCommitIndex) {
    struct Case {
        std::vector<std::uint64_t> log;
        std::uint64_t commit;
        EntryId previous;
        EntryId hint;
    };
    const Case cases[] = {
        {{1, 1, 1}, 0, at(4, 9), at(1, 3)},     // too short
        {{1, 2, 2, 2}, 0, at(3, 4), at(2, 4)},  // an entry of an older term: the leader looks further
        {{1, 1, 5, 5}, 0, at(4, 4), at(1, 2)},  // the leader has nothing of that term
        {{2, 2, 2}, 0, at(1, 2), {}},           // nothing in common
        {{1, 3, 3, 3}, 2, at(2, 4), at(3, 2)},  // what is committed is
    };
    for (const Case& c : cases) {
        Subject follower({.log = c.log, .term = 5, .commit = c.commit});
        follower.receive(two, 6, append(c.previous, {}));
        const AppendReply reply = follower.only<AppendReply>(two).body;
        EXPECT_FALSE(reply.accepted);
        EXPECT_EQ(reply.match, c.previous.index);
        EXPECT_EQ(reply.hint, c.hint);
    }
}

// --- the window --------------------------------------------------------------------------------------------

Config small_window() {
    Config config;
    config.log_window_bytes = 2;
    return config;
}

// A leader of term 2 with entries 1-6 of term 1 and its own 7th, all committed with node 2; the window holds
// few.
Subject leader_with_a_small_window() {
    Subject leader({.log = {1, 1, 1, 1, 1, 1}, .config = small_window()});
    leader.become_leader();
    accept(leader, two, 7);
    return leader;
}

TEST(Window, LetsGoOfWhatIsAppliedAndDurable) {
    const Subject leader = leader_with_a_small_window();
    EXPECT_EQ(leader.applied().size(), 7u);
    EXPECT_TRUE(leader.fetches().empty());
}

TEST(Window, EntriesThatLeftItAreFetched) {
    Subject leader = leader_with_a_small_window();
    leader.receive(three, 2, AppendReply{false, Index{6}, at(1, 2)});
    ASSERT_EQ(leader.fetches().size(), 1u);
    EXPECT_EQ(leader.fetches().front().follower, three);
    EXPECT_EQ(leader.fetches().front().first, Index{2});
    EXPECT_TRUE(leader.sent<Append>(three).empty());
    leader.answer_fetch();
    const Append sent = leader.only<Append>(three).body;
    EXPECT_EQ(sent.previous, at(1, 2));
    EXPECT_EQ(ids_of(sent.entries).front(), at(1, 3));
    accept(leader, three, sent.previous.index.value + sent.entries.size());
    EXPECT_EQ(ids_of(leader.only<Append>(three).body.entries).back(), at(2, 7));
}

TEST(Window, OneFetchAtATimeForAFollower) {
    Subject leader = leader_with_a_small_window();
    leader.receive(three, 2, AppendReply{false, Index{6}, at(1, 2)});
    leader.receive(three, 2, AppendReply{false, Index{6}, at(1, 1)});
    leader.pass(heartbeat * 3);
    leader.lose(three);
    leader.receive(three, 2, HeartbeatReply{3, Index{2}});
    EXPECT_EQ(leader.fetches().size(), 1u);
}

TEST(Window, AlsoAcrossTerms) {
    Subject leader = leader_with_a_small_window();
    leader.receive(three, 2, AppendReply{false, Index{6}, at(1, 2)});
    leader.receive(two, 3, HeartbeatReply{});  // somebody campaigned
    leader.become_leader();
    leader.receive(three, leader.term(), AppendReply{false, Index{7}, at(1, 2)});
    EXPECT_EQ(leader.fetches().size(), 1u);
    leader.answer_fetch();
    EXPECT_EQ(leader.fetches().size(), 1u) << "of the new term";
}

TEST(Window, AFetchThatNobodyNeedsAnyMoreIsDropped) {
    Subject leader = leader_with_a_small_window();
    leader.receive(three, 2, AppendReply{false, Index{6}, at(1, 2)});
    accept(leader, three, 6);  // it got them in time after all
    leader.answer_fetch();
    const std::vector<Sent<Append>> sent = leader.sent<Append>(three);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent.front().body.previous, at(1, 6)) << "what comes next is in the window";
}

TEST(Window, AFollowerTrustsWhatIsCommittedThoughItsWindowHasForgottenIt) {
    Subject follower({.log = {1, 1, 1, 1}, .commit = 3, .base = 3});
    follower.ask(two, 2, append(at(1, 1), {entry(1, 2), entry(1, 3), entry(1, 4), entry(2, 5)}));
    EXPECT_EQ(follower.only<AppendReply>(two).body, (AppendReply{true, Index{5}, {}}));
    EXPECT_EQ(follower.log().size(), 5u);
}

// --- lost messages -----------------------------------------------------------------------------------------

TEST(LostMessages, AFollowerWhoseAcknowledgementWasLostIsAskedAgain) {
    Subject leader;
    leader.become_leader();
    accept(leader, two, 1);
    ASSERT_TRUE(leader.propose("x").ok());
    leader.pass(heartbeat * 2);
    const std::uint64_t round = leader.sent<Heartbeat>(two).back().body.round;
    leader.receive(two, leader.term(), HeartbeatReply{round, Index{2}});
    EXPECT_EQ(leader.only<Append>(two).body, append(at(1, 2), {}, 1));
}

TEST(LostMessages, AFollowerWhoseAcknowledgementWasLostIsServedThoughTheWindowHasMovedOn) {
    Config config = small_window();
    config.follower_window_bytes = 1;  // one entry under way at a time
    Subject leader({.config = config});
    leader.become_leader();
    accept(leader, two, 1);
    accept(leader, three, 1);
    for (std::uint64_t index = 2; index <= 6; ++index) {
        ASSERT_TRUE(leader.propose("x").ok());
        leader.persist();
        accept(leader, two, index);
    }
    leader.pass(heartbeat * 2);
    const std::uint64_t round = leader.sent<Heartbeat>(three).back().body.round;
    leader.receive(three, leader.term(), HeartbeatReply{round, Index{2}});
    ASSERT_EQ(leader.fetches().size(), 1u);
    leader.answer_fetch();
    EXPECT_FALSE(leader.entries_sent(three).empty());
}

TEST(LostMessages, WhatTheFollowerNeverGotIsSentAgain) {
    Subject leader;
    leader.become_leader();
    accept(leader, two, 1);
    ASSERT_TRUE(leader.propose("x").ok());
    ASSERT_TRUE(leader.propose("y").ok());
    leader.pass(heartbeat * 2);
    const std::uint64_t round = leader.sent<Heartbeat>(two).back().body.round;
    leader.receive(two, leader.term(), HeartbeatReply{round, Index{1}});
    EXPECT_EQ(ids_of(leader.only<Append>(two).body.entries), (std::vector{at(1, 2), at(1, 3)}));
}

TEST(LostMessages, AFollowerThatComesBackIsServedFromItsMatch) {
    Subject leader;
    leader.become_leader();
    accept(leader, two, 1);
    ASSERT_TRUE(leader.propose("x").ok());
    leader.lose(two);
    EXPECT_FALSE(leader.status().followers.front().heard_lately);
    ASSERT_TRUE(leader.propose("y").ok());
    EXPECT_TRUE(leader.sent<Append>(two).empty()) << "nobody is there";
    leader.receive(two, leader.term(), HeartbeatReply{0, Index{1}});
    EXPECT_EQ(ids_of(leader.only<Append>(two).body.entries), (std::vector{at(1, 2), at(1, 3)}));
    EXPECT_TRUE(leader.status().followers.front().heard_lately);
}

// --- the quick election ------------------------------------------------------------------------------------

Subject follower_of(std::uint64_t leader, std::uint64_t self, std::uint64_t nodes) {
    Subject follower({.self = self, .nodes = nodes});
    follower.ask(NodeId{leader}, 1, Heartbeat{{}, 1});
    return follower;
}

TEST(QuickElection, VotersTakeTurnsInTheOrderOfTheirIds) {
    struct Case {
        std::uint64_t leader, self, nodes;
        milliseconds earliest, latest;
    };
    for (const Case& c :
         {Case{3, 1, 3, milliseconds{0}, milliseconds{0}}, Case{3, 2, 3, milliseconds{15}, milliseconds{20}},
          Case{1, 2, 3, milliseconds{0}, milliseconds{0}},
          Case{1, 5, 5, milliseconds{45}, milliseconds{50}}}) {
        Subject follower = follower_of(c.leader, c.self, c.nodes);
        const Instant lost_at = follower.now();
        follower.lose(NodeId{c.leader});
        EXPECT_FALSE(follower.leader());
        if (follower.kind() == RoleKind::follower) follower.time_out();
        EXPECT_EQ(follower.kind(), RoleKind::pre_candidate);
        EXPECT_EQ(follower.term(), 1u);
        EXPECT_GE(follower.now() - lost_at, c.earliest);
        EXPECT_LE(follower.now() - lost_at, c.latest);
    }
}

TEST(QuickElection, PreVotesAreRepeatedQuicklyForAnElectionTimeoutAndNeverRaiseTheTerm) {
    Subject follower = follower_of(2, 1, 3);
    follower.lose(two);
    for (Instant end = follower.now() + timeout_max - milliseconds{100}; follower.now() < end;) {
        const Instant before = follower.now();
        follower.receive(three, 1, VoteReply{.pre = true, .granted = false});
        follower.time_out();
        EXPECT_GE(follower.now() - before, milliseconds{30});
        EXPECT_LT(follower.now() - before, milliseconds{60});
    }
    follower.pass(milliseconds{100});
    EXPECT_GE(follower.deadline() - follower.now(), timeout_min - milliseconds{100});
    EXPECT_EQ(follower.term(), 1u);
}

TEST(QuickElection, EndsWithANewLeader) {
    Subject follower = follower_of(3, 2, 3);
    follower.lose(three);
    follower.ask(one, 2, VoteRequest{});
    follower.receive(one, 2, Heartbeat{{}, 1});
    EXPECT_GE(follower.deadline() - follower.now(), timeout_min);
}

TEST(QuickElection, TheLastWordsOfTheDeadDoNotReviveIt) {
    Subject follower = follower_of(2, 1, 3);
    follower.lose(two);
    follower.ask(two, 1, append({}, {entry(1, 1)}));
    EXPECT_EQ(follower.log().size(), 1u) << "they are true all the same";
    EXPECT_FALSE(follower.leader());
    EXPECT_EQ(follower.kind(), RoleKind::pre_candidate);
}

// Thesis 4.2.3: a server that was removed, or cut off and grew its term alone, disturbs nobody.
TEST(LiveLeader, KeepsItsVotersFromHigherTerms) {
    Subject follower = follower_of(2, 1, 3);
    follower.receive(three, 7, VoteRequest{.pre = false, .last = at(6, 9)});
    EXPECT_FALSE(follower.only<VoteReply>(three).body.granted);
    EXPECT_EQ(follower.term(), 1u);
    EXPECT_EQ(follower.leader(), two);

    Subject leader;
    leader.become_leader();
    leader.receive(three, 7, VoteRequest{.pre = false, .last = at(6, 9)});
    EXPECT_EQ(leader.kind(), RoleKind::leader);

    follower.lose(two);
    follower.ask(three, 7, VoteRequest{.pre = false, .last = at(6, 9)});
    EXPECT_TRUE(follower.only<VoteReply>(three).body.granted);
}

// It restarted so quickly that nobody noticed.
TEST(QuickElection, ALeaderThatAsksForVotesLeadsNoMore) {
    Subject follower = follower_of(2, 1, 3);
    follower.receive(two, 2, VoteRequest{.pre = true, .last = {}});
    EXPECT_TRUE(follower.only<VoteReply>(two).body.granted);
    follower.ask(two, 2, VoteRequest{.pre = false, .last = {}});
    EXPECT_TRUE(follower.only<VoteReply>(two).body.granted);
}

}  // namespace
}  // namespace kvbus::raft::test
