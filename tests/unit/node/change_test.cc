// Changes beyond put and remove, through the leader and through a follower.
#include <gmock/gmock.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Change : public ::testing::TestWithParam<int> {  // the node that is asked; node 1 leads
  protected:
    void SetUp() override { cluster.elect(1); }

    wire::Reply ask(decltype(wire::Request::body) body) {
        cluster.request(GetParam(), "c", {.id = ++id_, .timeout_ms = 0, .body = std::move(body)});
        cluster.advance(milliseconds{50});
        auto replies = cluster.replies(GetParam(), "c");
        EXPECT_EQ(replies.size(), 1U);
        return replies.empty() ? wire::Reply{} : std::move(replies.front());
    }
    wire::Reply change(machine::Change operation) {
        return ask(machine::without_session(std::move(operation)));
    }
    static Error error_of(const wire::Reply& reply) {
        const auto* error = std::get_if<Error>(&reply.body);
        return error == nullptr ? Error{Code::ok, ""} : *error;
    }
    template <class Answer>
    static Answer answer_of(const wire::Reply& reply) {
        const auto* outcome = std::get_if<machine::Outcome>(&reply.body);
        EXPECT_TRUE(outcome != nullptr && outcome->answer) << error_of(reply).message;
        return outcome != nullptr && outcome->answer ? std::get<Answer>(outcome->answer->body) : Answer{};
    }

    Cluster cluster{3};

  private:
    std::uint64_t id_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, Change, ::testing::Values(1, 2),
                         [](const auto& node) { return node.param == 1 ? "AtTheLeader" : "AtAFollower"; });

TEST_P(Change, AnIncrementAnswersWithTheSum) {
    change(machine::Increment{"n", 40});
    EXPECT_EQ(answer_of<machine::IncrementAnswer>(change(machine::Increment{"n", 2})).value, 42);
}

TEST_P(Change, WhatTheMachineRefusesIsSaidAtOnce) {
    change(machine::Put{"n", "no number"});
    EXPECT_EQ(error_of(change(machine::Increment{"n", 1})).code, Code::wrong_type);
    EXPECT_EQ(error_of(change(machine::LeaseRevoke{LeaseId{9}})).code, Code::lease_not_found);
    EXPECT_EQ(error_of(change(machine::Put{.key = "k", .value = "v", .lease = LeaseId{9}})).code,
              Code::lease_not_found);
    EXPECT_EQ(error_of(change(machine::Compact{Revision{99}})).code, Code::future_revision);
}

TEST_P(Change, ATransactionTakesOneBranch) {
    machine::Txn txn;
    txn.compares = {{.key = "k", .target = machine::CompareTarget::create, .number = 0}};
    txn.success = {{machine::Put{"k", "mine"}}};
    txn.failure = {{machine::RangeQuery{.key = "k"}}};
    EXPECT_TRUE(answer_of<machine::TxnAnswer>(change(txn)).succeeded);
    const auto second = answer_of<machine::TxnAnswer>(change(txn));
    EXPECT_FALSE(second.succeeded);
    ASSERT_EQ(second.answers.size(), 1U);
    EXPECT_EQ(std::get<machine::RangeAnswer>(second.answers[0].body).kvs.at(0).value, "mine");
}

TEST_P(Change, ATransactionThatWritesAKeyTwiceIsRefused) {
    machine::Txn txn;
    txn.success = {{machine::Put{"k", "1"}}, {machine::Put{"k", "2"}}};
    EXPECT_EQ(error_of(change(txn)).code, Code::duplicate_key);
    EXPECT_EQ(cluster.node(1).machine().revision(), Revision{1});
}

TEST_P(Change, TheErrorOfACompactedRevisionNamesTheFirstThatIsHeld) {
    for (int i = 0; i < 5; ++i)
        change(machine::Put{"k", "v"});
    EXPECT_EQ(error_of(change(machine::Compact{Revision{4}})).code, Code::ok);
    const auto error = error_of(ask(wire::RangeRequest{.query = {.key = "k", .revision = Revision{3}}}));
    EXPECT_EQ(error.code, Code::compacted);
    EXPECT_THAT(error.message, HasSubstr("4"));
    EXPECT_EQ(error_of(ask(wire::RangeRequest{.query = {.key = "k", .revision = Revision{99}}})).code,
              Code::future_revision);
}

TEST_P(Change, ThePastCanBeRead) {
    change(machine::Put{"k", "old"});
    change(machine::Put{"k", "new"});
    const auto reply = ask(wire::RangeRequest{.query = {.key = "k", .revision = Revision{2}}});
    EXPECT_EQ(std::get<machine::RangeAnswer>(reply.body).kvs.at(0).value, "old");
}

}  // namespace
}  // namespace kvbus::node::testing
