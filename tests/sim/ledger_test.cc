#include "sim/ledger_fixture.h"

namespace kvbus::sim {
namespace {

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
    put_ends("k0001", "four", written(4));
    expect_violation("nothing like it is in the committed log");
}

TEST_F(LedgerTest, AnAcknowledgedWriteMustBeThereAtTheRevisionThatWasTold) {
    put_ends("k0001", "two", written(2));
    expect_violation("nothing like it is in the committed log");
}

TEST_F(LedgerTest, AnAcknowledgedWriteMustBeThereUnderItsKey) {
    put_ends("k0002", "two", written(3));
    expect_violation("k0002");
}

TEST_F(LedgerTest, ARefusedWriteMustNotBeInTheLog) {
    for (const Code code : {Code::overloaded, Code::unavailable, Code::no_space, Code::connection}) {
        Ledger ledger(5);
        const auto id = ledger.begin(now(), 1, put("k0001", "one"));
        ledger.end(id, now(), refused(code));
        EXPECT_THAT([&] { ledger.check(committed_); },
                    ThrowsMessage<Violation>(HasSubstr("refused and applied")))
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
    committed_.apply(entry_of(Index{2}, {put("k0001", "one")}));
    put_ends("k0001", "one", refused(Code::outcome_unknown));
    expect_violation("applied twice");
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
        const auto id = ledger.begin(now(), 1, remove("k0001", "k0003"));
        ledger.numbered(id, remove("k0001", "k0003", 9, 2));
        ledger.end(id, now(), reply);
        EXPECT_THAT([&] { ledger.check(committed_); }, ThrowsMessage<Violation>(HasSubstr("but came to")));
    }
}

TEST_F(LedgerTest, ARemoveOfNothingTellsTheRevisionThatThereWas) {
    remove_all();
    remove_ends("k0003", {}, 1, written(3, 0));
    expect_violation("but came to");
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
    expect_violation("but nothing like it is in the committed log");
}

TEST_F(LedgerTest, OneRemoveInTheLogIsTheAnswerToOneCall) {
    remove_all();
    remove_ends("k0001", "k0003", 0, written(5, 0));
    remove_ends("k0001", "k0003", 0, written(5, 0));
    expect_violation("but nothing like it is in the committed log");
}

TEST_F(LedgerTest, ARefusedRemoveWithoutANumberMustNotBeInTheLog) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    remove_ends("k0001", "k0003", 0, refused(Code::outcome_unknown));
    expect_none();
    committed_.apply(entry_of(Index{4}, {remove("k0001", "k0003", 77, 1)}));  // forwarded in a node's session
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
        const auto id = ledger.begin(now(), 1, range("k0000", "k0009"));
        ledger.end(id, now(), found(4, {kv, three}));
        EXPECT_THAT([&] { ledger.check(committed_); }, ThrowsMessage<Violation>(HasSubstr("and there was")));
    }
}

TEST_F(LedgerTest, AReadOfWhatWasNotAskedForIsSeen) {
    read_ends("k0001", {}, found(4, {two, three}));
    expect_violation("and there was");
}

TEST_F(LedgerTest, AReadMustNotMissAKey) {
    for (const auto& kvs : {std::vector{two}, std::vector{three}, std::vector<KeyValue>{}}) {
        Ledger ledger(5);
        const auto id = ledger.begin(now(), 1, range("k0000", on));
        ledger.end(id, now(), found(4, kvs));
        EXPECT_THAT([&] { ledger.check(committed_); }, ThrowsMessage<Violation>(HasSubstr("and there was")));
    }
}

TEST_F(LedgerTest, AReadMustBeInOrder) {
    read_ends("k0001", "k0003", found(4, {three, two}));
    expect_violation("and there was");
}

TEST_F(LedgerTest, AReadMustBeOfOneMoment) {
    read_ends("k0001", "k0003", found(4, {one, three}));
    expect_violation("and there was");
}

TEST_F(LedgerTest, AReadMustNotSeeWhatWasRemoved) {
    remove_all();
    read_ends("k0002", {}, found(5, {three}));
    expect_violation("and there was");
}

TEST_F(LedgerTest, AReadMustTellHowManyKeysThereAre) {
    for (const auto& [count, more] : {std::pair{1U, false}, std::pair{3U, false}, std::pair{2U, true}}) {
        Ledger ledger(5);
        const auto id = ledger.begin(now(), 1, range("k0001", "k0003"));
        ledger.end(id, now(), {.head = head_at(4), .body = machine::RangeAnswer{{two, three}, count, more}});
        EXPECT_THAT([&] { ledger.check(committed_); }, ThrowsMessage<Violation>(HasSubstr("and there was")));
    }
}

TEST_F(LedgerTest, AReadThatWantsLessMustGetJustThat) {
    wire::RangeRequest first = range("k0001", "k0003"), keys = first, count = first;
    first.query.limit = 1;
    keys.query.keys_only = true;
    count.query.count_only = true;
    KeyValue two_without = two, three_without = three;
    two_without.value.clear();
    three_without.value.clear();
    const struct {
        wire::RangeRequest call;
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
        EXPECT_NO_THROW(ledger.check(committed_));
        EXPECT_TRUE(ledger.history().empty()) << "it does not say what each key holds";
        ledger.end(ledger.begin(now(), 1, asked), now(), {.head = head_at(4), .body = wrong});
        EXPECT_THROW(ledger.check(committed_), Violation);
    }
}

TEST_F(LedgerTest, ASerializableReadMayBeBehindButIsOfOneMoment) {
    read_ends("k0001", "k0003", found(2, {one}), true);
    read_ends("k0001", "k0003", found(1, {}), true);
    expect_none();
    read_ends("k0001", "k0003", found(2, {two}), true);
    expect_violation("at revision 2, saw");
}

TEST_F(LedgerTest, ARefusedReadSaysNothing) {
    const Ledger::Id id = ledger_.begin(now(), 1, range("k0001", {}));
    ledger_.end(id, now(), refused(Code::timeout));
    expect_none();
}

// --- all that an answer says -------------------------------------------------------------------------------

TEST_F(LedgerTest, AnAnswerMustBeRightInAllThatItSays) {
    commits(Index{2}, machine::Increment{"n", 5}, 1);
    write_ends(machine::Increment{"n", 5}, 1, written(5, {machine::IncrementAnswer{5}}));
    expect_none();
    write_ends(machine::Increment{"n", 5}, 1, written(5, {machine::IncrementAnswer{6}}));
    expect_violation("but came to");
}

TEST_F(LedgerTest, WhatWasRefusedForWhatTheMapWasMustBeInTheLogAsThat) {
    const machine::LeaseRevoke revoke{LeaseId{5}};
    commits(Index{2}, revoke, 1);
    write_ends(revoke, 1, refused(Code::lease_not_found));
    expect_none();
    write_ends(revoke, 1, refused(Code::lease_exists));
    expect_violation("but came to");
}

TEST_F(LedgerTest, NobodyIsToldOfARefusalThatIsNotInTheLog) {
    write_ends(machine::LeaseRevoke{LeaseId{5}}, 1, refused(Code::lease_not_found));
    expect_violation("its number is not in the committed log");
}

// --- the past ----------------------------------------------------------------------------------------------

wire::RangeRequest at(std::uint64_t revision, wire::RangeRequest read) {
    read.query.revision = Revision{revision};
    return read;
}

TEST_F(LedgerTest, AReadOfThePastSeesThePast) {
    read_ends(at(2, range("k0001")), found(4, {one}));
    expect_none();
    read_ends(at(2, range("k0001")), found(4, {two}));
    expect_violation("and there was");
}

TEST_F(LedgerTest, WhatWasToldIsNotOfTheFuture) {
    read_ends(at(5, range("k0001")), refused(Code::future_revision));
    read_ends("k0001", {}, found(4, {two}));
    read_ends(at(5, range("k0001")), refused(Code::future_revision));
    expect_none();
    read_ends(at(4, range("k0001")), refused(Code::future_revision));
    expect_violation("of the future, and someone was told of it before");
}

TEST_F(LedgerTest, OnlyWhatIsCompactedIsRefusedAsThat) {
    read_ends(at(2, range("k0001")), found(4, {one}));
    commits(Index{2}, machine::Compact{Revision{3}}, 1);
    write_ends(machine::Compact{Revision{3}}, 1, written(4));
    read_ends(at(2, range("k0001")), refused(Code::compacted));
    expect_none();
    read_ends(at(3, range("k0001")), refused(Code::compacted));
    expect_violation("compacted, which it was not");
}

TEST_F(LedgerTest, WhatIsCompactedIsNotReadAnyMore) {
    commits(Index{2}, machine::Compact{Revision{3}}, 1);
    write_ends(machine::Compact{Revision{3}}, 1, written(4));
    read_ends(at(2, range("k0001")), found(4, {one}));
    expect_violation("though it was compacted before it began");
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
    expect_violation("revision 2, though someone was told of revision 3 before it began");
}

TEST_F(LedgerTest, ARemoveComesAfterWhatAnybodyWasToldBeforeUnlessItRemovesNothing) {
    remove_all();
    remove_ends("k0003", {}, 1, written(4, 0));
    read_ends("k0001", "k0003", found(5, {}));
    remove_ends("k0001", "k0003", 0, written(5, 0));
    remove_ends("k0001", "k0003", 2, written(5, 2));
    expect_violation("revision 5, though someone was told of revision 5 before it began");
}

TEST_F(LedgerTest, CallsThatOverlapMayComeInAnyOrder) {
    const Ledger::Id first = begin_put("k0001", "one");
    put_ends("k0001", "two", written(3));
    ledger_.end(first, now(), written(2));
    expect_none();
}

// --- history -----------------------------------------------------------------------------------------------

TEST_F(LedgerTest, TheHistoryHasAnOperationForEachKeyThatACallIsAbout) {
    const Ledger::Id id = ledger_.begin(now(), 7, remove("k0001", "k0004"));
    ledger_.end(id, now(), written(5));
    const auto history = ledger_.history();
    ASSERT_EQ(history.size(), 3U);
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(history[i].key, key_name(i + 1));
        EXPECT_EQ(history[i].client, "7");
        EXPECT_EQ(history[i].outcome, linearizability::Outcome::ok);
    }
    const Ledger::Id all = ledger_.begin(now(), 7, range("k0003", on));
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
