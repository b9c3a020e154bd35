#include "linearizability/revisions.h"

#include <gtest/gtest.h>

#include "linearizability/notation.h"
#include "linearizability/random_history.h"

namespace kvbus::linearizability {
namespace {

// What the first complaint begins with; empty when there is none.
std::string complaint(const std::vector<std::string_view>& lines) {
    const auto complaints = check_revisions(history_of(lines));
    if (complaints.empty()) return "";
    return complaints[0].substr(0, complaints[0].find(':'));
}

TEST(RevisionsTest, WritesHaveRevisionsOfTheirOwn) {
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-10 b put 1 at 3"}), "");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-10 b put 1 on y at 2"}), "two writes of one revision");
    EXPECT_EQ(complaint({"0-10! a put 1 at 2", "0-10 b put 1 on y at 2"}), "");
    EXPECT_EQ(complaint({"0-10 a delete", "0-10 b delete on y"}), "");
}

TEST(RevisionsTest, LaterWritesHaveGreaterOnesOnAllKeys) {
    EXPECT_EQ(complaint({"0-10 a put 1 at 3", "20-30 b put 1 on y at 2"}),
              "a later write has no greater revision");
    EXPECT_EQ(complaint({"0-20 a put 1 at 3", "10-30 b put 1 on y at 2"}), "");
    EXPECT_EQ(complaint({"0-100 a put 1 at 3", "10-20 b get 1 at 3", "30-40 c put 2 on y at 2"}),
              "a later write has no greater revision");
}

TEST(RevisionsTest, LaterReadsSeeNoOlderOnes) {
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-10 b put 2 at 3", "20-30 c get 1 at 2"}),
              "a later read sees an older revision");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-25 b put 2 at 3", "20-30 c get 1 at 2"}), "");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-? b put 2", "20-30 c get 2 at 3", "40-50 d get 1 at 2"}),
              "a later read sees an older revision");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "0-10 b put 2 on y at 3", "20-30 c get 1 at 2"}), "");
}

TEST(RevisionsTest, AKeyIsGoneOnlyAfterADelete) {
    const auto gone = "a later read sees no key, and nobody deleted it";
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30 b get none"}), gone);
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30 a delete at 3", "40-50 b get none"}), "");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-? a delete", "40-50 b get none"}), "");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30! a delete", "40-50 b get none"}), gone);
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "40-50 b get none", "60-70 a delete at 3"}), gone);
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "5-6 a delete at 3", "20-30 c put 2 at 4", "40-50 b get none"}),
              gone);
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30 a delete at 3", "40-50 b get 1 at 2"}),
              "a later read sees an older revision");
}

TEST(RevisionsTest, ReadsDoNotSeeTheFuture) {
    EXPECT_EQ(complaint({"0-10 b get 1 at 2", "20-30 a put 1 at 2"}), "a read before the write");
    EXPECT_EQ(complaint({"0-10 b get 1 at 2", "5-30 a put 1 at 2"}), "");
}

TEST(RevisionsTest, ARevisionHasOneValueAndOneKey) {
    EXPECT_EQ(complaint({"0-? a put 1", "20-30 b get 1 at 2", "20-30 c get 7 at 2"}),
              "two values of one revision");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30 b get 7 at 2"}), "two values of one revision");
    EXPECT_EQ(complaint({"0-10 a put 1 at 2", "20-30 b get 1 on y at 2"}), "one revision of two keys");
}

TEST(RevisionsTest, AComplaintNamesBoth) {
    const auto complaints = check_revisions(history_of({"0-10 a put 1 at 3", "20-30 b put 2 on y at 2"}));
    ASSERT_EQ(complaints.size(), 1U);
    EXPECT_EQ(
        complaints[0],
        "a later write has no greater revision: \"x\" #1 a put \"1\" [0, 10] revision 3 and \"y\" #2 b put "
        "\"2\" [20, 30] revision 2");
}

TEST(RevisionsTest, AreInOrderInHistoriesOfARegister) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const auto history = random_history(
            {.operations = 1000, .keys = 3, .values = 5, .removes = 0.15, .unknown = 0.1}, random);
        const auto complaints = check_revisions(history);
        ASSERT_TRUE(complaints.empty()) << "seed " << seed << "\n" << complaints[0];
    }
}

}  // namespace
}  // namespace kvbus::linearizability
