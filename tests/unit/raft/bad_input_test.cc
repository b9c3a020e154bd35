// "Bad input, whoever sends it, is ignored and counted": messages from strangers, messages that make no sense
// in their term, and plain noise.

#include <functional>

#include "base/random.h"
#include "support.h"

namespace kvbus::raft::test {
namespace {

// Leads term 2 with 1/1 and its no-op 2/2 durable, nothing committed.
Subject leader() {
    Subject subject({.log = {1}});
    subject.become_leader();
    return subject;
}

// Follows three in term 2 and has committed 1/1.
Subject follower() {
    Subject subject({.log = {1, 1, 2}, .commit = 1});
    subject.ask(three, 2, Heartbeat{.commit = Index{1}, .round = 5});
    return subject;
}

void expect_ignored(Subject subject, NodeId from, std::uint64_t term, const Subject::Body& body) {
    SCOPED_TRACE(describe(from, Envelope{one, Message{Term{term}, body}}));
    const Status before = subject.status();
    const auto log = subject.log();
    subject.ask(from, term, body);
    const Status after = subject.status();
    EXPECT_EQ(after.ignored, before.ignored + 1);
    EXPECT_EQ(after.role, before.role);
    EXPECT_EQ(after.commit, before.commit);
    EXPECT_EQ(after.last, before.last);
    EXPECT_EQ(subject.log(), log);
    EXPECT_TRUE(subject.outbox().empty());
    EXPECT_TRUE(subject.grants().empty());
}

TEST(BadInput, StrangersAreIgnored) {
    const std::vector<Subject::Body> bodies{VoteRequest{.pre = false, .last = at(9, 9)},
                                            VoteRequest{.pre = true, .last = at(9, 9)},
                                            VoteReply{.pre = false, .granted = true},
                                            append(at(2, 3), {entry(9, 4)}),
                                            AppendReply{.accepted = true, .match = Index{2}, .hint = {}},
                                            InstallSnapshot{snapshot_of(two, at(2, 9))},
                                            Heartbeat{.commit = Index{1}, .round = 1},
                                            HeartbeatReply{.round = 1, .last = Index{1}},
                                            ReadRequest{.id = ReadId{1}},
                                            ReadReply{.id = ReadId{1}, .index = Index{1}}};
    for (const auto& body : bodies) {
        for (const NodeId from : {NodeId{4}, NodeId{}, one}) {  // not a member, nobody, the node itself
            for (const std::uint64_t term : {2u, 9u}) {
                expect_ignored(leader(), from, term, body);
                expect_ignored(follower(), from, term, body);
            }
        }
    }
}

TEST(BadInput, NobodyElseLeadsTheTermOfALeader) {
    expect_ignored(leader(), two, 2, append(at(1, 1), {entry(2, 2, "other")}));
    expect_ignored(leader(), two, 2, Heartbeat{.commit = {}, .round = 1});
    expect_ignored(leader(), two, 2, InstallSnapshot{snapshot_of(two, at(2, 9))});
}

TEST(BadInput, AFollowerHasOneLeaderInATerm) {
    expect_ignored(follower(), two, 2, append(at(2, 3), {entry(2, 4)}));
    expect_ignored(follower(), two, 2, Heartbeat{.commit = {}, .round = 1});
    expect_ignored(follower(), two, 2, InstallSnapshot{snapshot_of(two, at(2, 9))});
}

TEST(BadInput, ImpossibleSnapshotsAreIgnored) {
    const auto with = [](auto change) {
        SnapshotMeta snapshot = snapshot_of(three, at(2, 9));
        change(snapshot);
        return InstallSnapshot{snapshot};
    };
    const std::vector<InstallSnapshot> impossible{
        with([](SnapshotMeta& s) { s.last = {}; }),
        with([](SnapshotMeta& s) { s.last = at(3, 9); }),  // of a term that has not come yet
        with([](SnapshotMeta& s) { s.last = at(0, 9); }),
        with([](SnapshotMeta& s) { s.holder = {}; }),
        with([](SnapshotMeta& s) { s.id = 0; }),
        with([](SnapshotMeta& s) { s.membership.voters.clear(); }),
        with([](SnapshotMeta& s) {
            s.membership.voters = {one, three, two};
        }),
        with([](SnapshotMeta& s) {
            s.membership.voters = {one, two, two};
        }),
        with([](SnapshotMeta& s) {
            s.membership.voters = {NodeId{}, one};
        }),
        with([](SnapshotMeta& s) {
            s.membership.voters = {one, two};
        }),  // of another cluster
        with([](SnapshotMeta& s) { s.membership.voters.resize(1000, one); }),
    };
    for (const auto& body : impossible)
        expect_ignored(follower(), three, 2, body);
}

TEST(BadInput, ImpossibleEntriesAreIgnored) {
    const std::vector<std::vector<Entry>> impossible{
        {entry(2, 5)},               // a gap after the previous entry
        {entry(2, 3)},               // not after it
        {entry(2, 4), entry(2, 6)},  // a gap within
        {entry(2, 4), entry(2, 4)},  // twice the same
        {entry(3, 4)},               // of a term that has not come yet
        {entry(1, 4)},               // of a term before its predecessor's
        {entry(2, 4), entry(1, 5)},  // terms fall
    };
    for (const auto& entries : impossible)
        expect_ignored(follower(), three, 2, append(at(2, 3), entries));
    expect_ignored(follower(), three, 2, append(at(3, 3), {entry(2, 4)}));  // previous of a later term
    expect_ignored(follower(), three, 2, append(at(0, 0), {entry(0, 1)}));  // nobody leads term 0
}

TEST(BadInput, WhatIsCommittedIsNotReplaced) {
    expect_ignored(follower(), three, 2, append(at(0, 0), {entry(2, 1)}));
    expect_ignored(follower(), three, 2, InstallSnapshot{snapshot_of(three, at(2, 1))});
    Subject later({.log = {1, 2}, .term = 3, .commit = 2});
    expect_ignored(std::move(later), three, 3, InstallSnapshot{snapshot_of(three, at(1, 9))});
}

TEST(BadInput, NobodyAcknowledgesMoreThanTheLeaderHas) {
    expect_ignored(leader(), two, 2, AppendReply{.accepted = true, .match = Index{3}, .hint = {}});
    expect_ignored(leader(), two, 2, AppendReply{.accepted = true, .match = Index{~0ull}, .hint = {}});
}

TEST(BadInput, NobodyConfirmsARoundThatWasNotStarted) {
    expect_ignored(leader(), two, 2, HeartbeatReply{.round = ~0ull, .last = Index{1}});
}

TEST(BadInput, NothingHappensInTermZero) {
    Subject fresh;
    fresh.ask(two, 0, Heartbeat{.commit = {}, .round = 1});
    fresh.ask(two, 0, append({}, {}));
    fresh.ask(two, 0, VoteRequest{.pre = false, .last = {}});
    EXPECT_EQ(fresh.leader(), NodeId{});
    EXPECT_EQ(fresh.disk().durable().hard_state.vote, NodeId{});
    EXPECT_EQ(fresh.status().ignored, 3u);
}

TEST(BadInput, AHeartbeatDoesNotCommitWhatIsNotThere) {
    Subject subject = follower();
    subject.ask(three, 2, Heartbeat{.commit = Index{99}, .round = 6});
    EXPECT_LE(subject.commit(), 3u);
    EXPECT_LE(subject.applied().size(), 3u);
}

// Noise of every kind from members: nothing aborts, no write breaks the contract (MemoryDisk checks each),
// what is committed stays.
TEST(BadInput, NoiseBreaksNothing) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        Config config;
        config.seed = seed;
        Subject subject({.nodes = 1 + random.below(4), .log = {1, 1, 2}, .commit = 1, .config = config});
        std::vector<Entry> applied;
        const auto index = [&] {
            return random.chance(0.02) ? Index{~0ull - random.below(3)} : Index{random.below(8)};
        };
        const auto term = [&] { return Term{random.below(6)}; };
        const auto id = [&] { return EntryId{term(), index()}; };
        const std::vector<std::function<Subject::Body()>> bodies{
            [&] { return VoteRequest{.pre = random.chance(0.5), .last = id()}; },
            [&] { return VoteReply{.pre = random.chance(0.5), .granted = random.chance(0.8)}; },
            [&] {
                Append body{.previous = id(), .commit = index(), .entries = {}};
                Index next = body.previous.index + 1;
                for (std::uint64_t count = random.below(4); count > 0; --count, next = next + 1) {
                    if (random.chance(0.1)) next = index();
                    body.entries.push_back(entry(term().value, next.value));
                }
                return body;
            },
            [&] { return AppendReply{.accepted = random.chance(0.5), .match = index(), .hint = id()}; },
            [&] { return InstallSnapshot{snapshot_of(NodeId{random.below(4)}, id())}; },
            [&] { return Heartbeat{.commit = index(), .round = random.below(9)}; },
            [&] { return HeartbeatReply{.round = random.below(9), .last = index()}; },
            [&] { return ReadRequest{.id = ReadId{random.below(9)}}; },
            [&] { return ReadReply{.id = ReadId{random.below(9)}, .index = index()}; },
        };
        for (int step = 0; step < 300; ++step) {
            switch (random.below(8)) {
                case 0:
                    subject.pass(milliseconds{random.below(400)});
                    break;
                case 1:
                    if (!subject.disk().in_flight().empty()) subject.persist_one();
                    break;
                case 2:
                    (void)subject.propose("x");
                    break;
                case 3:
                    (void)subject.read();
                    break;
                default:
                    subject.receive(NodeId{random.below(6)},
                                    random.below(4) + subject.term() / 2 + random.below(3),
                                    bodies[random.below(bodies.size())]());
            }
            ASSERT_LE(subject.commit(), subject.log().size());
            ASSERT_GE(subject.applied().size(), applied.size());
            ASSERT_TRUE(std::equal(applied.begin(), applied.end(), subject.applied().begin()));
            ASSERT_EQ(subject.applied().size(), subject.commit());
            ASSERT_TRUE(
                std::equal(subject.applied().begin(), subject.applied().end(), subject.log().begin()));
            applied = subject.applied();
        }
    }
}

}  // namespace
}  // namespace kvbus::raft::test
