#include "node/verifier.h"

#include <optional>
#include <variant>

#include <gtest/gtest.h>

#include "machine/machine.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::seconds;
using Standing = Verifier::Standing;

constexpr std::uint64_t form = machine::Machine::replica_hash_form;
constexpr std::uint64_t right = 0xaa;
constexpr std::uint64_t wrong = 0xbb;

// Node 1 of three, or of as many as are named, at second 0 at first.
class VerifierTest : public ::testing::Test {
  protected:
    void lead(seconds at = seconds{0}) { verifier.turn(Instant{} + at, voters); }
    void report(std::uint64_t from, std::uint64_t index, std::uint64_t hash, bool is_corrupt = false) {
        verifier.reported(now, NodeId{from}, {Index{index}, form, hash, is_corrupt});
    }
    // What it sends now, to whom.
    std::map<std::uint64_t, wire::StateCheck> checks() {
        std::map<std::uint64_t, wire::StateCheck> all;
        for (const auto& [to, body] : verifier.take_messages())
            all[to.value] = std::get<wire::StateCheck>(body);
        return all;
    }
    std::vector<wire::StateReport> reports() {
        std::vector<wire::StateReport> all;
        for (const auto& [to, body] : verifier.take_messages())
            all.push_back(std::get<wire::StateReport>(body));
        return all;
    }
    static wire::StateCheck question(std::uint64_t index) { return {Index{index}, form}; }
    static wire::StateCheck verdict(std::uint64_t index, std::uint64_t hash) {
        return {Index{index}, form, hash};
    }
    using Checks = std::map<std::uint64_t, wire::StateCheck>;

    Instant now{};
    std::vector<NodeId> voters{NodeId{1}, NodeId{2}, NodeId{3}};
    Verifier verifier{NodeId{1}, Standing::good};
};

TEST_F(VerifierTest, ALeaderAsksOnceAfterTheLastChangeAndIsSilentWhenAllAreEqual) {
    verifier.applied(Index{5}, right);
    lead();
    EXPECT_EQ(checks(), (Checks{{2, question(5)}, {3, question(5)}}));
    report(2, 5, right);
    report(3, 5, right);
    lead(seconds{1});
    EXPECT_TRUE(checks().empty());
    EXPECT_EQ(verifier.deadline(), never) << "nothing is left to ask";
    verifier.applied(Index{6}, right);
    lead(seconds{2});
    EXPECT_EQ(checks(), (Checks{{2, question(6)}, {3, question(6)}}));
    EXPECT_TRUE(verifier.is_good());
}

TEST_F(VerifierTest, WhoeverIsSilentIsAskedAgain) {
    verifier.applied(Index{5}, right);
    lead();
    (void)checks();
    report(2, 5, right);
    EXPECT_EQ(verifier.deadline(), Instant{} + seconds{1});
    lead(seconds{1});
    EXPECT_EQ(checks(), (Checks{{3, question(5)}}));
}

TEST_F(VerifierTest, NothingIsAskedBeforeAnythingIsApplied) {
    lead();
    EXPECT_TRUE(checks().empty());
}

TEST_F(VerifierTest, AFollowerThatDiffersFromTheMajorityIsTold) {
    verifier.applied(Index{5}, right);
    lead();
    (void)checks();
    report(2, 5, wrong);
    report(3, 5, right);
    lead();
    EXPECT_EQ(checks(), (Checks{{2, verdict(5, right)}}));
    report(2, 5, wrong, true);
    lead(seconds{1});
    EXPECT_EQ(checks(), (Checks{{2, verdict(5, right)}})) << "it may be built anew at any time";
    EXPECT_TRUE(verifier.is_good());
}

TEST_F(VerifierTest, AVerdictThatIsLostIsRepeated) {
    verifier.applied(Index{5}, right);
    lead();
    report(2, 5, wrong);
    report(3, 5, right);
    lead();
    (void)checks();
    lead(seconds{1});
    EXPECT_EQ(checks(), (Checks{{2, verdict(5, right)}}));
}

TEST_F(VerifierTest, ALeaderThatDiffersFromTheMajorityKnowsIt) {
    verifier.applied(Index{5}, wrong);
    lead();
    report(2, 5, right);
    report(3, 5, right);
    EXPECT_TRUE(verifier.is_good()) << "not before all that was heard in a turn is considered";
    lead();
    EXPECT_EQ(verifier.standing(), Standing::differs);
    EXPECT_EQ(verifier.difference()->own, wrong);
    EXPECT_EQ(verifier.difference()->agreed, right);
    EXPECT_EQ(verifier.difference()->index, Index{5});
}

TEST_F(VerifierTest, OfTwoNodesTheLeaderIsBelieved) {
    voters.pop_back();
    verifier.applied(Index{5}, right);
    lead();
    (void)checks();
    report(2, 5, wrong);
    lead();
    EXPECT_EQ(checks(), (Checks{{2, verdict(5, right)}}));
}

TEST_F(VerifierTest, WithoutAMajorityASilentNodeIsWaitedFor) {
    verifier.applied(Index{5}, wrong);
    lead();
    report(2, 5, right);
    for (const seconds at : {seconds{0}, seconds{1}, seconds{4}}) {
        verifier.applied(Index{6}, wrong);
        lead(at);
        for (const auto& [node, check] : checks())
            EXPECT_EQ(check, question(5));
    }
    report(3, 5, right);
    lead(seconds{4});
    EXPECT_EQ(verifier.standing(), Standing::differs) << "it was the leader";
}

TEST_F(VerifierTest, ButNotForEver) {
    verifier.applied(Index{5}, right);
    lead();
    (void)checks();
    report(2, 5, wrong);
    lead(seconds{5});
    EXPECT_EQ(checks().at(2), verdict(5, right));
    EXPECT_TRUE(verifier.is_good());
}

TEST_F(VerifierTest, AFollowerAnswersWhenItHasAppliedThatFarAndNoFurther) {
    verifier.applied(Index{4}, 4);
    verifier.checked(NodeId{2}, question(6));
    verifier.applied(Index{5}, 5);
    EXPECT_TRUE(reports().empty());
    verifier.applied(Index{6}, 6);
    verifier.applied(Index{7}, 7);
    EXPECT_EQ(reports(), std::vector{(wire::StateReport{Index{6}, form, 6})});
}

TEST_F(VerifierTest, AFollowerThatIsFurtherAnswersFromWhatItRemembers) {
    for (std::uint64_t i = 1; i <= 3000; ++i)
        verifier.applied(Index{i}, i);
    verifier.checked(NodeId{2}, question(2500));
    EXPECT_EQ(reports(), std::vector{(wire::StateReport{Index{2500}, form, 2500})});
    verifier.checked(NodeId{2}, question(1500));
    EXPECT_TRUE(reports().empty()) << "that was too long ago";
    for (std::uint64_t i = 3001; i <= 5000; ++i)
        verifier.applied(Index{i}, i);
    verifier.checked(NodeId{2}, verdict(2500, 2500));
    EXPECT_EQ(reports().size(), 1U) << "what was answered last can still be judged";
}

TEST_F(VerifierTest, AFollowerFindsOutByItselfWhatAVerdictMeans) {
    verifier.applied(Index{5}, wrong);
    verifier.checked(NodeId{2}, verdict(5, wrong));
    EXPECT_TRUE(verifier.is_good());
    EXPECT_FALSE(reports().at(0).is_corrupt);
    verifier.checked(NodeId{2}, verdict(5, right));
    EXPECT_EQ(verifier.standing(), Standing::differs);
    EXPECT_TRUE(reports().at(0).is_corrupt);
}

TEST_F(VerifierTest, WhatDiffersIsNotTrustedAgainBeforeItIsBuiltAnewAndComparedEqual) {
    verifier.applied(Index{5}, wrong);
    verifier.checked(NodeId{2}, verdict(5, right));
    verifier.applied(Index{6}, right);
    verifier.checked(NodeId{2}, verdict(6, right));
    EXPECT_EQ(verifier.standing(), Standing::differs) << "one index may show nothing of it";
    verifier.installed(Index{9}, right);
    EXPECT_EQ(verifier.standing(), Standing::unproven);
    verifier.checked(NodeId{2}, verdict(6, right));
    EXPECT_EQ(verifier.standing(), Standing::unproven) << "that was of the state before";
    verifier.checked(NodeId{2}, verdict(9, right));
    EXPECT_TRUE(verifier.is_good());
}

TEST_F(VerifierTest, WhoeverIsUnprovenIsToldWhatIsRight) {
    verifier.applied(Index{5}, right);
    lead();
    (void)checks();
    report(2, 5, right, true);
    report(3, 5, right);
    lead();
    EXPECT_EQ(checks(), (Checks{{2, verdict(5, right)}}));
    report(2, 5, right, false);
    lead(seconds{1});
    EXPECT_TRUE(checks().empty());
}

TEST_F(VerifierTest, HashesOfAnotherFormAreNotCompared) {
    verifier.applied(Index{5}, right);
    verifier.checked(NodeId{2}, {Index{5}, form + 1, wrong});
    EXPECT_TRUE(verifier.is_good());
    EXPECT_TRUE(reports().empty());
    lead();
    (void)checks();
    verifier.reported(now, NodeId{2}, {Index{5}, form + 1, wrong});
    verifier.reported(now, NodeId{3}, {Index{5}, form + 1, wrong});
    lead();
    EXPECT_TRUE(verifier.is_good());
}

TEST_F(VerifierTest, AReportAboutAnEarlierQuestionCountsForNothing) {
    verifier.applied(Index{5}, right);
    lead();
    verifier.applied(Index{6}, right);
    lead(seconds{1});
    report(2, 5, wrong);
    report(3, 5, wrong);
    lead(seconds{1});
    EXPECT_TRUE(verifier.is_good());
}

}  // namespace
}  // namespace kvbus::node::testing
