#include "sim/ledger.h"

#include <string>

#include <gmock/gmock.h>

#include "linearizability/checker.h"
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

wire::Reply written(std::uint64_t revision) {
    return {.head = {}, .body = machine::Outcome{Code::ok, Revision{revision}, 0}};
}

wire::Reply refused(Code code) {
    return {.head = {}, .body = Error{code, "no"}};
}

// The ledger of a cluster that committed: k0001 = one at revision 2, k0001 = two at 3, k0002 = three at 4.
class LedgerTest : public ::testing::Test {
  protected:
    LedgerTest() {
        model_.apply(entry_of(Index{1}, {put("k0001", "one"), put("k0001", "two"), put("k0002", "three")}));
    }
    Ledger::Id begin_put(std::string key, std::string value) {
        return ledger_.begin(
            now(), 1, {.op = Op::put, .key = std::move(key), .range_end = {}, .value = std::move(value)});
    }
    void put_ends(std::string key, std::string value, const wire::Reply& reply) {
        const Ledger::Id id = begin_put(std::move(key), std::move(value));
        ledger_.end(id, now(), reply);
    }
    void read_ends(std::string key, std::string range_end, std::vector<KeyValue> found) {
        const Ledger::Id id = ledger_.begin(
            now(), 1, {.op = Op::get, .key = std::move(key), .range_end = std::move(range_end), .value = {}});
        const std::uint64_t count = found.size();
        ledger_.end(id, now(), {.head = {}, .body = wire::RangeReply{std::move(found), count}});
    }
    void expect_violation(const char* text) const {
        EXPECT_THAT([&] { ledger_.check(model_); }, ThrowsMessage<Violation>(HasSubstr(text)));
    }
    void expect_none() const { EXPECT_NO_THROW(ledger_.check(model_)); }
    Instant now() { return now_ += std::chrono::milliseconds{1}; }

    Model model_;
    Ledger ledger_{5};
    Instant now_{};
};

const KeyValue one{"k0001", "one", Revision{2}, Revision{2}, 1};
const KeyValue two{"k0001", "two", Revision{2}, Revision{3}, 2};
const KeyValue three{"k0002", "three", Revision{4}, Revision{4}, 1};

TEST_F(LedgerTest, WhatIsInTheLogAsItWasToldIsRight) {
    put_ends("k0001", "one", written(2));
    put_ends("k0001", "two", written(3));
    put_ends("k0002", "three", written(4));
    read_ends("k0001", {}, {two});
    read_ends("k0001", "k0003", {one, three});
    read_ends("k0003", {}, {});
    expect_none();
    EXPECT_EQ(ledger_.acknowledged(), 6U);
    EXPECT_EQ(ledger_.operations(), 6U);
}

TEST_F(LedgerTest, AnAcknowledgedWriteMustBeInTheLog) {
    put_ends("k0001", "four", written(5));
    expect_violation("acknowledged at revision 5, but it is not there");
}

TEST_F(LedgerTest, AnAcknowledgedWriteMustBeThereAtTheRevisionThatWasTold) {
    put_ends("k0001", "two", written(2));
    expect_violation("acknowledged at revision 2");
}

TEST_F(LedgerTest, AnAcknowledgedWriteMustBeThereUnderItsKey) {
    put_ends("k0002", "two", written(3));
    expect_violation("k0002");
}

TEST_F(LedgerTest, ARefusedWriteMustNotBeInTheLog) {
    for (const Code code : {Code::overloaded, Code::unavailable, Code::no_space, Code::connection}) {
        Ledger ledger(5);
        const auto id =
            ledger.begin(now(), 1, {.op = Op::put, .key = "k0001", .range_end = {}, .value = "one"});
        ledger.end(id, now(), refused(code));
        EXPECT_THAT([&] { ledger.check(model_); },
                    ThrowsMessage<Violation>(HasSubstr("refused, and applied")))
            << name_of(code);
    }
    put_ends("k0001", "four", refused(Code::overloaded));
    expect_none();
}

TEST_F(LedgerTest, AWriteWhoseOutcomeIsInDoubtMayBeThereOrNot) {
    put_ends("k0001", "one", refused(Code::outcome_unknown));
    put_ends("k0001", "four", refused(Code::outcome_unknown));
    put_ends("k0001", "two", refused(Code::stale_request));
    put_ends("k0001", "five", refused(Code::closed));
    ledger_.lost(begin_put("k0002", "three"), now());
    ledger_.lost(begin_put("k0002", "six"), now());
    (void)begin_put("k0002", "seven");  // under way to this day
    expect_none();
    EXPECT_EQ(ledger_.acknowledged(), 0U);
}

TEST_F(LedgerTest, NoWriteMayBeThereTwice) {
    model_.apply(entry_of(Index{2}, {put("k0001", "one")}));
    put_ends("k0001", "one", refused(Code::outcome_unknown));
    expect_violation("applied 2 times");
}

TEST_F(LedgerTest, AReadOfWhatNeverWasIsSeen) {
    KeyValue bad[] = {one, one, one, one, one};
    bad[0].value = "two";
    bad[1].mod_revision = Revision{9};
    bad[2].version = 2;
    bad[3].create_revision = Revision{1};
    bad[4].key = "k0004";
    for (const KeyValue& kv : bad) {
        Ledger ledger(5);
        const auto id =
            ledger.begin(now(), 1, {.op = Op::get, .key = "k0000", .range_end = "k0009", .value = {}});
        ledger.end(id, now(), {.head = {}, .body = wire::RangeReply{{kv}, 1}});
        EXPECT_THAT([&] { ledger.check(model_); },
                    ThrowsMessage<Violation>(HasSubstr("which there never was")));
    }
}

TEST_F(LedgerTest, AReadOfWhatWasNotAskedForIsSeen) {
    read_ends("k0001", {}, {three});
    expect_violation("which there never was");
}

TEST_F(LedgerTest, ARefusedReadSaysNothing) {
    const Ledger::Id id =
        ledger_.begin(now(), 1, {.op = Op::get, .key = "k0001", .range_end = {}, .value = {}});
    ledger_.end(id, now(), refused(Code::timeout));
    expect_none();
}

// --- history -----------------------------------------------------------------------------------------------

TEST_F(LedgerTest, TheHistoryHasAnOperationForEachKeyThatACallIsAbout) {
    const Ledger::Id id =
        ledger_.begin(now(), 7, {.op = Op::remove, .key = "k0001", .range_end = "k0004", .value = {}});
    ledger_.end(id, now(), written(5));
    const auto history = ledger_.history();
    ASSERT_EQ(history.size(), 3U);
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(history[i].key, key_name(i + 1));
        EXPECT_EQ(history[i].client, "7");
        EXPECT_EQ(history[i].outcome, linearizability::Outcome::ok);
    }
    const Ledger::Id all = ledger_.begin(
        now(), 7, {.op = Op::get, .key = "k0003", .range_end = std::string(1, '\0'), .value = {}});
    ledger_.end(all, now(), refused(Code::timeout));
    EXPECT_EQ(ledger_.history().size(), 5U) << "k0003 and k0004: there are five keys";
}

TEST_F(LedgerTest, TheHistoryLeavesOutReadsThatMayBeBehind) {
    const Ledger::Id id = ledger_.begin(
        now(), 1, {.op = Op::get, .key = "k0001", .range_end = {}, .value = {}, .serializable = true});
    ledger_.end(id, now(), {.head = {}, .body = wire::RangeReply{{one}, 1}});
    EXPECT_TRUE(ledger_.history().empty());
    expect_none();
}

TEST_F(LedgerTest, TheHistoryOfAStaleReadIsNotLinearizable) {
    put_ends("k0001", "one", written(2));
    put_ends("k0001", "two", written(3));
    read_ends("k0001", {}, {two});
    using linearizability::Verdict;
    EXPECT_EQ(linearizability::check(ledger_.history()).verdict, Verdict::linearizable);
    read_ends("k0001", {}, {one});
    expect_none();  // it once was
    EXPECT_NE(linearizability::check(ledger_.history()).verdict, Verdict::linearizable);
}

TEST(KeyName, NamesAreInByteOrder) {
    for (std::uint64_t number = 0; number < 200; ++number)
        EXPECT_LT(key_name(number), key_name(number + 1));
}

}  // namespace
}  // namespace kvbus::sim
