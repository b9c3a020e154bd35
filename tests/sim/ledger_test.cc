#include "sim/ledger.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "scenario/violation.h"
#include "sim/entries.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using testing::entry_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::put;
using testing::remove;
using ::testing::ThrowsMessage;

// Of a node that is at that revision.
wire::ReplyHead head_at(std::uint64_t revision) {
    wire::ReplyHead head;
    head.header.revision = Revision{revision};
    return head;
}

wire::Reply written(std::uint64_t revision, std::uint64_t deleted = 0) {
    return {.head = head_at(revision), .body = machine::Outcome{Code::ok, Revision{revision}, deleted}};
}

wire::Reply found(std::uint64_t revision, std::vector<KeyValue> kvs) {
    const std::uint64_t count = kvs.size();
    return {.head = head_at(revision), .body = machine::RangeAnswer{std::move(kvs), count}};
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
    void read_ends(std::string key, std::string range_end, const wire::Reply& reply,
                   bool serializable = false) {
        const Ledger::Id id = ledger_.begin(now(), 1,
                                            {.op = Op::get,
                                             .key = std::move(key),
                                             .range_end = std::move(range_end),
                                             .value = {},
                                             .serializable = serializable});
        ledger_.end(id, now(), reply);
    }
    // Under this number of client 9; 0: without one.
    void remove_ends(std::string key, std::string range_end, std::uint64_t sequence,
                     const wire::Reply& reply) {
        const Ledger::Id id = ledger_.begin(
            now(), 1,
            {.op = Op::remove, .key = std::move(key), .range_end = std::move(range_end), .value = {}});
        const Call& call = ledger_.call(id);
        if (sequence != 0) ledger_.numbered(id, remove(call.key, call.range_end, 9, sequence));
        ledger_.end(id, now(), reply);
    }
    // One removes nothing, one two keys, and both have numbers; then one removes nothing without a number.
    void remove_all() {
        model_.apply(entry_of(Index{2}, {remove("k0003", {}, 9, 1), remove("k0001", "k0003", 9, 2)}));
        model_.apply(entry_of(Index{3}, {remove("k0001", "k0003")}));
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
    read_ends("k0001", {}, found(4, {two}));
    read_ends("k0001", "k0003", found(4, {two, three}));
    read_ends("k0003", {}, found(4, {}));
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

TEST_F(LedgerTest, NoAnswerMayComeFromARevisionThatNeverWas) {
    read_ends("k0003", {}, found(5, {}));
    expect_violation("says it is at revision 5, and there are 4");
}

TEST_F(LedgerTest, TheNodeThatAcknowledgesAWriteMustBeAtItsRevision) {
    wire::Reply reply = written(3);
    reply.head = head_at(2);
    put_ends("k0001", "two", reply);
    expect_violation("at revision 2");
}

// --- removes -----------------------------------------------------------------------------------------------

TEST_F(LedgerTest, ARemoveThatCameToWhatWasToldIsRight) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    remove_ends("k0001", "k0003", 0, written(5, 0));
    remove_ends("k0002", {}, 3, refused(Code::overloaded));
    remove_ends("k0002", {}, 4, refused(Code::outcome_unknown));
    expect_none();
}

TEST_F(LedgerTest, AnAcknowledgedRemoveMustHaveComeToWhatWasTold) {
    remove_all();
    for (const auto& reply : {written(5, 1), written(5, 3), written(5, 0), written(4, 2)}) {
        Ledger ledger(5);
        const auto id =
            ledger.begin(now(), 1, {.op = Op::remove, .key = "k0001", .range_end = "k0003", .value = {}});
        ledger.numbered(id, remove("k0001", "k0003", 9, 2));
        ledger.end(id, now(), reply);
        EXPECT_THAT([&] { ledger.check(model_); },
                    ThrowsMessage<Violation>(HasSubstr("but came to revision 5 with 2 keys removed")));
    }
}

TEST_F(LedgerTest, ARemoveOfNothingTellsTheRevisionThatThereWas) {
    remove_all();
    remove_ends("k0003", {}, 1, written(3, 0));
    expect_violation("but came to revision 4 with 0 keys removed");
}

TEST_F(LedgerTest, AnAcknowledgedRemoveMustBeInTheLog) {
    remove_all();
    remove_ends("k0001", "k0003", 3, written(5, 2));
    expect_violation("its number is not in the committed log");
}

TEST_F(LedgerTest, ARefusedRemoveMustNotBeInTheLog) {
    remove_all();
    remove_ends("k0003", {}, 1, refused(Code::unavailable));
    expect_violation("refused, and applied");
}

TEST_F(LedgerTest, AnAcknowledgedRemoveWithoutANumberMustBeInTheLogAsItWasTold) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    remove_ends("k0001", "k0003", 0, written(5, 2));
    expect_violation("but no such remove is in the committed log");
}

TEST_F(LedgerTest, OneRemoveInTheLogIsTheAnswerToOneCall) {
    remove_all();
    remove_ends("k0001", "k0003", 0, written(5, 0));
    remove_ends("k0001", "k0003", 0, written(5, 0));
    expect_violation("but no such remove is in the committed log");
}

TEST_F(LedgerTest, ARefusedRemoveWithoutANumberMustNotBeInTheLog) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    remove_ends("k0001", "k0003", 0, refused(Code::outcome_unknown));
    expect_none();
    model_.apply(entry_of(Index{4}, {remove("k0001", "k0003", 77, 1)}));  // forwarded in a node's session
    remove_ends("k0001", "k0003", 0, refused(Code::unavailable));
    expect_violation("applied twice, or refused and applied");
}

// --- reads -------------------------------------------------------------------------------------------------

TEST_F(LedgerTest, AReadOfWhatNeverWasIsSeen) {
    KeyValue bad[] = {two, two, two, two, two};
    bad[0].value = "one";
    bad[1].mod_revision = Revision{9};
    bad[2].version = 1;
    bad[3].create_revision = Revision{1};
    bad[4].key = "k0000";
    for (const KeyValue& kv : bad) {
        Ledger ledger(5);
        const auto id =
            ledger.begin(now(), 1, {.op = Op::get, .key = "k0000", .range_end = "k0009", .value = {}});
        ledger.end(id, now(), found(4, {kv, three}));
        EXPECT_THAT([&] { ledger.check(model_); },
                    ThrowsMessage<Violation>(HasSubstr("which there was not")));
    }
}

TEST_F(LedgerTest, AReadOfWhatWasNotAskedForIsSeen) {
    read_ends("k0001", {}, found(4, {two, three}));
    expect_violation("which there was not");
}

TEST_F(LedgerTest, AReadMustNotMissAKey) {
    for (const auto& kvs : {std::vector{two}, std::vector{three}, std::vector<KeyValue>{}}) {
        Ledger ledger(5);
        const auto id = ledger.begin(
            now(), 1, {.op = Op::get, .key = "k0000", .range_end = std::string(1, '\0'), .value = {}});
        ledger.end(id, now(), found(4, kvs));
        EXPECT_THAT([&] { ledger.check(model_); }, ThrowsMessage<Violation>(HasSubstr("did not see")));
    }
}

TEST_F(LedgerTest, AReadMustBeInOrder) {
    read_ends("k0001", "k0003", found(4, {three, two}));
    expect_violation("did not see 'k0001'");
}

TEST_F(LedgerTest, AReadMustBeOfOneMoment) {
    read_ends("k0001", "k0003", found(4, {one, three}));
    expect_violation("saw 'k0001' = 'one' at revision 2, which there was not");
}

TEST_F(LedgerTest, AReadMustNotSeeWhatWasRemoved) {
    remove_all();
    read_ends("k0002", {}, found(5, {three}));
    expect_violation("saw 'k0002' = 'three' at revision 4, which there was not");
}

TEST_F(LedgerTest, AReadMustTellHowManyKeysThereAre) {
    for (const auto& [count, more] : {std::pair{1U, false}, std::pair{3U, false}, std::pair{2U, true}}) {
        Ledger ledger(5);
        const auto id =
            ledger.begin(now(), 1, {.op = Op::get, .key = "k0001", .range_end = "k0003", .value = {}});
        ledger.end(id, now(), {.head = head_at(4), .body = machine::RangeAnswer{{two, three}, count, more}});
        EXPECT_THAT([&] { ledger.check(model_); }, ThrowsMessage<Violation>(HasSubstr("was told of")));
    }
}

TEST_F(LedgerTest, AReadThatWantsLessMustGetJustThat) {
    const Call call{.op = Op::get, .key = "k0001", .range_end = "k0003", .value = {}};
    Call first = call, keys = call, count = call;
    first.limit = 1;
    keys.keys_only = true;
    count.count_only = true;
    KeyValue two_without = two, three_without = three;
    two_without.value.clear();
    three_without.value.clear();
    const struct {
        Call call;
        machine::RangeAnswer right, wrong;
    } cases[] = {{first, {{two}, 2, true}, {{two}, 2, false}},
                 {first, {{two}, 2, true}, {{two, three}, 2, false}},
                 {first, {{two}, 2, true}, {{two}, 1, false}},
                 {keys, {{two_without, three_without}, 2, false}, {{two, three}, 2, false}},
                 {count, {{}, 2, false}, {{}, 2, true}},
                 {count, {{}, 2, false}, {{two, three}, 2, false}},
                 {count, {{}, 2, false}, {{}, 0, false}}};
    for (const auto& [asked, right, wrong] : cases) {
        Ledger ledger(5);
        ledger.end(ledger.begin(now(), 1, asked), now(), {.head = head_at(4), .body = right});
        EXPECT_NO_THROW(ledger.check(model_));
        EXPECT_TRUE(ledger.history().empty()) << "it does not say what each key holds";
        ledger.end(ledger.begin(now(), 1, asked), now(), {.head = head_at(4), .body = wrong});
        EXPECT_THROW(ledger.check(model_), Violation);
    }
}

TEST_F(LedgerTest, ASerializableReadMayBeBehindButIsOfOneMoment) {
    read_ends("k0001", "k0003", found(2, {one}), true);
    read_ends("k0001", "k0003", found(1, {}), true);
    expect_none();
    read_ends("k0001", "k0003", found(2, {two}), true);
    expect_violation("at revision 2, saw 'k0001' = 'two' at revision 3");
}

TEST_F(LedgerTest, ARefusedReadSaysNothing) {
    const Ledger::Id id =
        ledger_.begin(now(), 1, {.op = Op::get, .key = "k0001", .range_end = {}, .value = {}});
    ledger_.end(id, now(), refused(Code::timeout));
    expect_none();
}

// --- order in time -----------------------------------------------------------------------------------------

TEST_F(LedgerTest, ALinearizableReadSeesWhatAnybodyWasToldBefore) {
    read_ends("k0003", {}, found(3, {}), true);
    read_ends("k0003", {}, found(3, {}));
    read_ends("k0003", {}, found(2, {}), true);
    expect_none();
    read_ends("k0003", {}, found(2, {}));
    expect_violation("revision 2, though someone was told of revision 3 before it began");
}

TEST_F(LedgerTest, AWriteComesAfterWhatAnybodyWasToldBefore) {
    put_ends("k0001", "two", written(3));
    put_ends("k0001", "one", written(2));
    expect_violation("revision 2 with 0 keys removed, though someone was told of revision 3 before it began");
}

TEST_F(LedgerTest, ARemoveComesAfterWhatAnybodyWasToldBeforeUnlessItRemovesNothing) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    read_ends("k0001", "k0003", found(5, {}));
    remove_ends("k0001", "k0003", 0, written(5, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    expect_violation("5 with 2 keys removed, though someone was told of revision 5 before it began");
}

TEST_F(LedgerTest, CallsThatOverlapMayComeInAnyOrder) {
    const Ledger::Id first = begin_put("k0001", "one");
    put_ends("k0001", "two", written(3));
    ledger_.end(first, now(), written(2));
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
    read_ends("k0001", {}, found(2, {one}), true);
    EXPECT_TRUE(ledger_.history().empty());
    expect_none();
}

TEST_F(LedgerTest, AStaleReadIsNotLinearizable) {
    put_ends("k0001", "one", written(2));
    put_ends("k0001", "two", written(3));
    read_ends("k0001", {}, found(3, {two}));
    EXPECT_NO_THROW(ledger_.check_linearizability());
    read_ends("k0001", {}, found(2, {one}));
    EXPECT_THAT([&] { ledger_.check_linearizability(); },
                ThrowsMessage<Violation>(Not(HasSubstr("too hard"))));
}

TEST_F(LedgerTest, AHistoryThatIsTooHardToCheckIsNoFaultOfTheCluster) {
    const Ledger::Id at_once[] = {begin_put("k0001", "one"), begin_put("k0001", "two"),
                                  begin_put("k0001", "four")};
    for (const Ledger::Id id : at_once)
        ledger_.end(id, now(), refused(Code::outcome_unknown));
    read_ends("k0001", {}, found(3, {two}));
    read_ends("k0001", {}, found(3, {one}));
    EXPECT_THAT([&] { ledger_.check_linearizability({.work_max = 0, .configurations_max = 0}); },
                ThrowsMessage<Violation>(HasSubstr("the check fails, and not the cluster")));
}

TEST(KeyName, NamesAreInByteOrder) {
    for (std::uint64_t number = 0; number < 200; ++number)
        EXPECT_LT(key_name(number), key_name(number + 1));
}

}  // namespace
}  // namespace kvbus::sim
