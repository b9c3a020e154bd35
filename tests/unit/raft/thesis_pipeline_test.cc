// Appends as a stream (thesis 10.2.2): pipelined, bounded in bytes, sent again when lost, and read back from
// the disk for a follower that is far behind.

#include "support.h"

namespace kvbus::raft::test {
namespace {

// 10.2.2: "leaders can pipeline AppendEntries": the next entries go out before the last ones are
// acknowledged.
TEST(Pipeline, AppendsArePipelined) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    for (std::uint64_t index = 2; index <= 4; ++index) {
        ASSERT_TRUE(leader.propose("x").ok());
        const auto append = leader.only<Append>(two);
        EXPECT_EQ(append.body.previous, at(1, index - 1));
        EXPECT_EQ(append.body.entries, (std::vector{entry(1, index)}));
    }
}

// The pipeline is bounded by follower_window_bytes; acknowledgements open it again.
TEST(Pipeline, ThePipelineIsBoundedByAWindowOfBytes) {
    Config config;
    config.follower_window_bytes = 3000;
    config.append_bytes_max = 1000;
    Subject leader({.config = config});
    leader.become_leader();
    leader.acknowledge(two, 1);
    const std::string kilobyte(1000, 'x');
    std::size_t sent = 0;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(leader.propose(kilobyte).ok());
        sent += leader.entries_sent(two).size();
    }
    EXPECT_GE(sent, 2u);
    EXPECT_LE(sent, 4u);
    leader.acknowledge(two, 1 + sent);
    const auto more = leader.entries_sent(two);
    ASSERT_FALSE(more.empty());
    EXPECT_EQ(more.front().id, at(1, 2 + sent));
}

// append_bytes_max bounds one Append; a larger single entry goes alone.
TEST(Pipeline, OneAppendIsBoundedInBytes) {
    Config config;
    config.append_bytes_max = 1000;
    Subject leader({.log = {1, 1}, .config = config});
    leader.become_leader();
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(leader.propose(std::string(600, 'x')).ok());
    ASSERT_TRUE(leader.propose(std::string(5000, 'y')).ok());
    leader.acknowledge(two, 2);
    std::size_t entries = 0;
    for (const auto& append : leader.sent<Append>(two)) {
        std::size_t bytes = 0;
        for (const Entry& e : append.body.entries)
            bytes += e.data.size();
        EXPECT_TRUE(bytes <= 1600 || append.body.entries.size() == 1) << bytes;
        entries += append.body.entries.size();
    }
    EXPECT_GE(entries, 2u);
}

// Overload is refused early: above uncommitted_bytes_max propose() says so, and takes again once entries
// commit.
TEST(Pipeline, TooMuchUncommittedIsRefused) {
    Config config;
    config.uncommitted_bytes_max = 2000;
    Subject leader({.config = config});
    leader.become_leader();
    int taken = 0;
    while (taken < 10 && leader.propose(std::string(500, 'x')).ok())
        ++taken;
    EXPECT_GE(taken, 2);
    EXPECT_LE(taken, 6);
    EXPECT_EQ(leader.propose(std::string(500, 'x')).error().code, Code::overloaded);
    leader.persist();
    leader.acknowledge(two, static_cast<std::uint64_t>(taken) + 1);
    EXPECT_TRUE(leader.propose(std::string(500, 'x')).ok());
}

// A follower that is behind what the leader keeps in memory is served from the leader's disk.
TEST(Pipeline, AFollowerFarBehindIsServedThroughAFetch) {
    Subject leader({.log = {1, 1, 1, 1}, .commit = 3, .base = 3});
    leader.become_leader();
    leader.receive(two, leader.term(), AppendReply{.accepted = false, .match = Index{4}, .hint = {}});
    ASSERT_EQ(leader.fetches().size(), 1u);
    const LogFetch fetch = leader.fetches().front();
    EXPECT_EQ(fetch.follower, two);
    EXPECT_EQ(fetch.first, Index{1});
    EXPECT_LE(fetch.last, Index{4});
    std::uint64_t match = 0;
    for (int round = 0; round < 10 && match < 5; ++round) {
        if (!leader.fetches().empty()) leader.answer_fetch();
        for (const Entry& e : leader.entries_sent(two))
            match = std::max(match, e.id.index.value);
        leader.acknowledge(two, match);
        for (const Entry& e : leader.entries_sent(two))
            match = std::max(match, e.id.index.value);
        leader.acknowledge(two, match);
    }
    EXPECT_EQ(match, 5u);
    EXPECT_EQ(leader.commit(), 5u);
}

// 5.3: "If followers crash or run slowly, or if network packets are lost, the leader retries AppendEntries
// RPCs indefinitely". What was lost shows in the reply to a heartbeat.
TEST(Pipeline, ALostAppendIsSentAgain) {
    Subject leader;
    leader.become_leader();
    leader.acknowledge(two, 1);
    leader.acknowledge(three, 1);
    ASSERT_TRUE(leader.propose("a").ok());
    ASSERT_EQ(leader.entries_sent(two).size(), 1u);
    leader.persist();
    std::vector<Entry> again;
    for (int beat = 0; beat < 3 && again.empty(); ++beat) {
        leader.pass(heartbeat);
        again = leader.entries_sent(two);
        for (const auto& sent : leader.sent<Heartbeat>(two)) {
            if (!again.empty()) break;
            leader.receive(two, leader.term(), HeartbeatReply{.round = sent.body.round, .last = Index{1}});
            again = leader.entries_sent(two);
        }
    }
    EXPECT_EQ(again, (std::vector{entry(1, 2, "a")}));
}

// The same for the very first Append of a term, when the leader knows nothing of the follower yet.
TEST(Pipeline, ALostFirstAppendIsSentAgain) {
    Subject leader({.log = {1, 1}});
    leader.become_leader();
    std::vector<Sent<Append>> again;
    for (int beat = 0; beat < 3 && again.empty(); ++beat) {
        leader.pass(heartbeat);
        again = leader.sent<Append>(two);
        for (const auto& sent : leader.sent<Heartbeat>(two)) {
            if (!again.empty()) break;
            leader.receive(two, leader.term(), HeartbeatReply{.round = sent.body.round, .last = Index{2}});
            again = leader.sent<Append>(two);
        }
    }
    ASSERT_FALSE(again.empty());
    EXPECT_LE(again.front().body.previous.index, Index{2});
}

}  // namespace
}  // namespace kvbus::raft::test
