#include "sim/agreement.h"

#include <chrono>
#include <initializer_list>

#include <gmock/gmock.h>

#include "node/apply.h"
#include "scenario/violation.h"
#include "sim/entries.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using testing::entry_of;
using ::testing::HasSubstr;
using testing::put;
using testing::remove;
using ::testing::ThrowsMessage;

// The first node applied one entry, and is looked at; then comes the second.
class AgreementTest : public ::testing::Test {
  protected:
    AgreementTest() {
        committed_.apply(entry_);
        machine::Machine first;
        EXPECT_TRUE(node::apply_entry(first, entry_).ok());
        agreement_.check(NodeId{1}, Index{1}, first, committed_);
    }
    [[nodiscard]] auto second(const machine::Machine& machine) {
        return [&] { agreement_.check(NodeId{2}, Index{1}, machine, committed_); };
    }
    void second_applies(const raft::Entry& entry) { ASSERT_TRUE(node::apply_entry(second_, entry).ok()); }

    const raft::Entry entry_ = entry_of(Index{1}, {put("a", "1", 9, 1), put("b", "2", 8, 1)});
    Committed committed_;
    Agreement agreement_;
    machine::Machine second_;
};

TEST_F(AgreementTest, TheSameEntriesGiveTheSame) {
    second_applies(entry_);
    EXPECT_NO_THROW(second(second_)());
}

TEST_F(AgreementTest, AnotherRevisionIsSeen) {
    second_applies(entry_of(Index{1}, {put("a", "1", 9, 1)}));
    EXPECT_THAT(second(second_), ThrowsMessage<Violation>(HasSubstr("2 at index 1 is at revision 2, not 3")));
}

TEST_F(AgreementTest, OtherKeysAreSeen) {
    second_applies(entry_of(Index{1}, {put("a", "1", 9, 1), put("b", "3", 8, 1)}));
    EXPECT_THAT(second(second_), ThrowsMessage<Violation>(HasSubstr("does not hold the keys")));
}

TEST_F(AgreementTest, OtherSessionsAreSeen) {
    second_applies(entry_of(Index{1}, {put("a", "1", 9, 1), put("b", "2", 9, 2)}));
    EXPECT_THAT(second(second_),
                ThrowsMessage<Violation>(HasSubstr("has 1 sessions, and another node had 2 there")));
}

TEST_F(AgreementTest, AnotherClusterTimeIsSeen) {
    second_applies(entry_);
    second_.advance(std::chrono::seconds{1});
    EXPECT_THAT(second(second_), ThrowsMessage<Violation>(HasSubstr("has a cluster time of 1000000000 ns")));
}

TEST_F(AgreementTest, WhatAllNodesHoldMustBeWhatTheLogSays) {
    committed_.apply(entry_of(Index{2}, {remove("a")}));
    machine::Machine first;
    ASSERT_TRUE(node::apply_entry(first, entry_).ok());
    (void)first.apply(remove("b"));
    EXPECT_THAT([&] { agreement_.check(NodeId{1}, Index{2}, first, committed_); },
                ThrowsMessage<Violation>(HasSubstr("does not hold what the committed log says")));
}

}  // namespace
}  // namespace kvbus::sim
