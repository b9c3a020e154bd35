#include "raft/quorum.h"

#include <map>

#include <gtest/gtest.h>

namespace kvbus::raft {
namespace {

Membership nodes_up_to(std::uint64_t count) {
    Membership membership;
    for (std::uint64_t id = 1; id <= count; ++id)
        membership.voters.push_back(NodeId{id});
    return membership;
}

TEST(Quorum, IsMoreThanHalf) {
    EXPECT_EQ(majority_of(1), 1u);
    EXPECT_EQ(majority_of(2), 2u);
    EXPECT_EQ(majority_of(3), 2u);
    EXPECT_EQ(majority_of(4), 3u);
    EXPECT_EQ(majority_of(5), 3u);
}

TEST(Quorum, FindsWhatAMajorityHasReached) {
    struct Case {
        std::vector<std::uint64_t> values;  // of node 1, 2, …
        std::uint64_t reached;
    };
    const Case cases[] = {
        {{7}, 7},
        {{7, 3}, 3},
        {{1, 2, 3}, 2},
        {{3, 3, 0}, 3},
        {{9, 0, 0}, 0},
        {{5, 4, 3, 2}, 3},
        {{5, 1, 4, 2, 3}, 3},
        {{8, 8, 1, 1, 1}, 1},
        {{2, 2, 2, 9, 9, 9, 9}, 9},
    };
    for (const Case& c : cases) {
        const Index reached = reached_by_majority(
            nodes_up_to(c.values.size()), [&](NodeId node) { return Index{c.values[node.value - 1]}; });
        EXPECT_EQ(reached, Index{c.reached});
    }
}

using Outcome = VoteTally::Outcome;

struct TallyCase {
    std::uint64_t voters;
    std::vector<std::uint64_t> granted;
    std::vector<std::uint64_t> denied;
    Outcome outcome;
    std::uint64_t dead = 0;
};

TEST(VoteTally, CountsDistinctVoters) {
    const TallyCase cases[] = {
        {1, {1}, {}, Outcome::won},         {3, {1}, {}, Outcome::open},
        {3, {1, 2}, {}, Outcome::won},      {3, {1, 1, 1}, {}, Outcome::open},
        {3, {1}, {2}, Outcome::open},       {3, {1}, {2, 3}, Outcome::lost},
        {3, {1}, {2, 2}, Outcome::open},    {3, {1, 9}, {}, Outcome::open},  // a stranger
        {3, {1}, {2, 9}, Outcome::open},    {4, {1, 2}, {}, Outcome::open},
        {4, {1}, {2, 3}, Outcome::lost},  // three are out of reach
        {5, {1, 2}, {3, 4}, Outcome::open}, {5, {1, 2, 5}, {3, 4}, Outcome::won},
        {3, {1}, {2}, Outcome::lost, 3},    // the dead will not answer
        {3, {1, 3}, {2}, Outcome::won, 3},  // unless they do
        {3, {1}, {}, Outcome::open, 3},
    };
    for (const TallyCase& c : cases) {
        VoteTally tally;
        for (const std::uint64_t node : c.granted)
            tally.record(NodeId{node}, true);
        for (const std::uint64_t node : c.denied)
            tally.record(NodeId{node}, false);
        EXPECT_EQ(tally.outcome(nodes_up_to(c.voters), NodeId{c.dead}), c.outcome)
            << "case " << &c - &cases[0];
    }
}

TEST(VoteTally, TheFirstAnswerCounts) {
    VoteTally tally;
    tally.record(NodeId{1}, true);
    tally.record(NodeId{2}, false);
    tally.record(NodeId{2}, true);
    EXPECT_EQ(tally.outcome(nodes_up_to(3)), Outcome::open);
}

}  // namespace
}  // namespace kvbus::raft
