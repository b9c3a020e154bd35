// The rules of the data model, one by one, with the answers worked out by hand: from etcd's documentation,
// from etcd 3.4's source where that says more (etcdserver/apply.go, mvcc/kvstore_txn.go, lease/lessor.go),
// and from machine/command.h and machine/machine.h.
#include <limits>

#include "oracle/reference_fixture.h"

namespace kvbus::oracle {
namespace {

// --- puts and deletes --------------------------------------------------------------------------------------

TEST_F(Reference, StartsAtRevisionOne) {
    EXPECT_EQ(machine_.revision(), Revision{1});
    EXPECT_EQ(machine_.compacted(), Revision{});
    EXPECT_EQ(machine_.next_expiry(), machine::ClusterTime::max());
    EXPECT_THAT(everything(), IsEmpty());
}

TEST_F(Reference, APutIsAWriteEvenOfTheSameValue) {
    EXPECT_EQ(put("a", "1"), ok(2));
    EXPECT_EQ(put("b", ""), ok(3));
    EXPECT_EQ(put("a", "1"), ok(4));
    EXPECT_THAT(everything(), ElementsAre("a=1 2/4/2", "b= 3/3/1"));
    EXPECT_EQ(machine_.key_count(), 2U);
    EXPECT_EQ(machine_.bytes(), 3U);
}

TEST_F(Reference, ADeleteOfNothingIsNoWrite) {
    put("a", "1");
    EXPECT_EQ(remove("x"), ok(2));
    EXPECT_EQ(remove("b", "a"), ok(2));
    EXPECT_EQ(remove("a"), ok(3, 1));
    EXPECT_EQ(put("a", "2"), ok(4));
    EXPECT_THAT(everything(), ElementsAre("a=2 4/4/1"));  // born again
}

TEST_F(Reference, RangesAreHalfOpenAndOfBytes) {
    const std::string_view ff{"\xff"};
    for (const std::string_view key : {"a", "ab", "b", "\xff"})
        put(key, "");
    put(on, "");
    EXPECT_THAT(keys({.key = "a"}), ElementsAre("a"));
    EXPECT_THAT(keys({.key = "a", .range_end = "b"}), ElementsAre("a", "ab"));
    EXPECT_THAT(keys({.key = "ab", .range_end = on}), ElementsAre("ab", "b", "\xff"));
    EXPECT_THAT(keys({.key = on, .range_end = on}), ElementsAre(std::string(on), "a", "ab", "b", "\xff"));
    EXPECT_THAT(keys({.key = on, .range_end = ff}), ElementsAre(std::string(on), "a", "ab", "b"));
    EXPECT_EQ(remove("ab", on), ok(7, 3));
}

TEST_F(Reference, PreviousRecordsAreToldWhenWanted) {
    EXPECT_EQ(apply(machine::Put{.key = "a", .value = "1", .prev_kv = true}), ok(2, {machine::PutAnswer{}}));
    EXPECT_EQ(apply(machine::Put{.key = "a", .value = "2", .prev_kv = true}),
              ok(3, {machine::PutAnswer{{record("a", "1", 2, 2, 1)}}}));
    put("b", "1");
    EXPECT_EQ(apply(machine::Delete{.key = "a", .range_end = on, .prev_kv = true}),
              ok(5, {machine::DeleteAnswer{2, {record("a", "2", 2, 3, 2), record("b", "1", 4, 4, 1)}}}, 2));
    EXPECT_EQ(apply(machine::Delete{.key = "a", .prev_kv = true}), ok(5, {machine::DeleteAnswer{}}));
}

TEST_F(Reference, IgnoreValueAndIgnoreLeaseKeepThem) {
    grant(1, seconds{10});
    EXPECT_EQ(apply(machine::Put{.key = "a", .ignore_value = true}), refused(Code::key_not_found, 1));
    EXPECT_EQ(apply(machine::Put{.key = "a", .value = "1", .ignore_lease = true}),
              refused(Code::key_not_found, 1));
    put_leased("a", 1);
    EXPECT_EQ(apply(machine::Put{.key = "a", .value = "2", .ignore_lease = true}), ok(3));
    EXPECT_THAT(everything(), ElementsAre("a=2 2/3/2 lease=1"));
    EXPECT_EQ(apply(machine::Put{.key = "a", .ignore_value = true}), ok(4));
    EXPECT_THAT(everything(), ElementsAre("a=2 2/4/3"));
}

// --- appends and increments --------------------------------------------------------------------------------

TEST_F(Reference, AnAppendMakesAndGrowsAValue) {
    EXPECT_EQ(apply(machine::Append{"a", "xy"}), ok(2, {machine::AppendAnswer{2}}));
    EXPECT_EQ(apply(machine::Append{"a", "z"}), ok(3, {machine::AppendAnswer{3}}));
    EXPECT_EQ(apply(machine::Append{"a", ""}), ok(4, {machine::AppendAnswer{3}}));
    EXPECT_THAT(everything(), ElementsAre("a=xyz 2/4/3"));
}

TEST_F(Reference, AnAppendBeyondOneMebibyteOverflows) {
    const std::string half(512 << 10, 'x');
    EXPECT_EQ(apply(machine::Append{"a", half}).code, Code::ok);
    EXPECT_EQ(apply(machine::Append{"a", half}), ok(3, {machine::AppendAnswer{1 << 20}}));
    EXPECT_EQ(apply(machine::Append{"a", "x"}), refused(Code::overflow, 3));
}

TEST_F(Reference, AnIncrementCountsFromZero) {
    EXPECT_EQ(apply(machine::Increment{"n", 5}), ok(2, {machine::IncrementAnswer{5}}));
    EXPECT_EQ(apply(machine::Increment{"n", -7}), ok(3, {machine::IncrementAnswer{-2}}));
    EXPECT_EQ(apply(machine::Increment{"n", 0}), ok(4, {machine::IncrementAnswer{-2}}));
    EXPECT_THAT(everything(), ElementsAre("n=-2 2/4/3"));
}

TEST_F(Reference, AnIncrementWantsExactlyANumber) {
    for (const char* text :
         {"", "+1", "01", "-0", " 1", "1 ", "1.0", "x", "-", "9223372036854775808", "-9223372036854775809"}) {
        put("n", text);
        EXPECT_EQ(apply(machine::Increment{"n", 1}).code, Code::wrong_type) << text;
    }
    for (const char* text : {"0", "-1", "9223372036854775806", "-9223372036854775808"}) {
        put("n", text);
        EXPECT_EQ(apply(machine::Increment{"n", 1}).code, Code::ok) << text;
    }
}

TEST_F(Reference, AnIncrementBeyondSixtyFourBitsOverflows) {
    using Limits = std::numeric_limits<std::int64_t>;
    put("n", "1");
    EXPECT_EQ(apply(machine::Increment{"n", Limits::max()}), refused(Code::overflow, 2));
    EXPECT_EQ(apply(machine::Increment{"n", Limits::min()}),
              ok(3, {machine::IncrementAnswer{Limits::min() + 1}}));
    EXPECT_EQ(apply(machine::Increment{"n", -2}), refused(Code::overflow, 3));
}

TEST_F(Reference, AppendsAndIncrementsKeepLeaseAndTtl) {
    grant(1, seconds{10});
    put_leased("a", 1);
    apply(machine::Put{.key = "n", .value = "1", .ttl = seconds{5}});
    apply(machine::Append{"a", "w"});
    machine_.advance(seconds{4});
    apply(machine::Increment{"n", 1});
    EXPECT_THAT(everything(), ElementsAre("a=vw 2/4/2 lease=1", "n=2 3/5/2"));
    machine_.advance(seconds{5});
    EXPECT_THAT(everything(), ElementsAre("a=vw 2/4/2 lease=1"));
}

// --- ranges ------------------------------------------------------------------------------------------------

TEST_F(Reference, OlderRevisionsAreRead) {
    put("a", "1");
    put("b", "1");
    put("a", "2");
    remove("b");
    EXPECT_THAT(records({.key = on, .range_end = on, .revision = Revision{1}}), IsEmpty());
    EXPECT_THAT(records({.key = on, .range_end = on, .revision = Revision{3}}),
                ElementsAre("a=1 2/2/1", "b=1 3/3/1"));
    EXPECT_THAT(records({.key = on, .range_end = on, .revision = Revision{4}}),
                ElementsAre("a=2 2/4/2", "b=1 3/3/1"));
    EXPECT_THAT(records({.key = on, .range_end = on, .revision = Revision{5}}), ElementsAre("a=2 2/4/2"));
    EXPECT_EQ(machine_.range({.key = "a", .revision = Revision{6}}).code, Code::future_revision);
}

// etcd: the count is of all keys in the range, whatever limit and filters leave of them.
TEST_F(Reference, LimitAndCount) {
    for (const char* key : {"a", "b", "c"})
        put(key, "v");
    const auto answer = [&](machine::RangeQuery query) {
        query.key = query.range_end = on;
        return machine_.range(query).answer;
    };
    EXPECT_EQ(answer({.limit = 2}).kvs.size(), 2U);
    EXPECT_TRUE(answer({.limit = 2}).more);
    EXPECT_EQ(answer({.limit = 2}).count, 3U);
    EXPECT_FALSE(answer({.limit = 3}).more);
    EXPECT_EQ(answer({.limit = 1, .count_only = true}), (machine::RangeAnswer{{}, 3, false}));
    EXPECT_EQ(answer({.keys_only = true}).kvs.at(0), record("a", "", 2, 2, 1));
    const machine::RangeAnswer filtered = answer({.limit = 1, .mod_revision_min = Revision{4}});
    EXPECT_EQ(filtered, (machine::RangeAnswer{{record("c", "v", 4, 4, 1)}, 3, false}));
}

TEST_F(Reference, FiltersAreInclusive) {
    for (const char* key : {"a", "b", "c", "a"})
        put(key, "v");  // a: 2/5, b: 3/3, c: 4/4
    const auto found = [&](machine::RangeQuery query) {
        query.key = query.range_end = on;
        return keys(query);
    };
    EXPECT_THAT(found({.mod_revision_min = Revision{4}}), ElementsAre("a", "c"));
    EXPECT_THAT(found({.mod_revision_max = Revision{4}}), ElementsAre("b", "c"));
    EXPECT_THAT(found({.create_revision_min = Revision{3}}), ElementsAre("b", "c"));
    EXPECT_THAT(found({.create_revision_max = Revision{3}}), ElementsAre("a", "b"));
}

TEST_F(Reference, SortsByAnyTarget) {
    put("a", "3");
    put("b", "1");
    put("c", "2");
    put("a", "3");
    put("b", "1");
    put("a", "3");  // a=3 2/7/3, b=1 3/6/2, c=2 4/4/1
    const auto sorted = [&](machine::SortTarget target, machine::SortOrder order, std::uint64_t limit = 0) {
        return keys({.key = on, .range_end = on, .limit = limit, .sort_order = order, .sort_target = target});
    };
    using enum machine::SortTarget;
    using enum machine::SortOrder;
    EXPECT_THAT(sorted(key, descend), ElementsAre("c", "b", "a"));
    EXPECT_THAT(sorted(version, ascend), ElementsAre("c", "b", "a"));
    EXPECT_THAT(sorted(create, descend), ElementsAre("c", "b", "a"));
    EXPECT_THAT(sorted(mod, ascend), ElementsAre("c", "b", "a"));
    EXPECT_THAT(sorted(value, ascend), ElementsAre("b", "c", "a"));
    EXPECT_THAT(sorted(value, descend, 2), ElementsAre("a", "c"));
    // etcd sorts ascending when a target is named without an order.
    EXPECT_THAT(sorted(value, none), ElementsAre("b", "c", "a"));
}

TEST_F(Reference, EqualsStayInTheOrderOfTheirKeys) {
    for (const char* key : {"c", "a", "b"})
        put(key, "v");
    for (const auto order : {machine::SortOrder::ascend, machine::SortOrder::descend}) {
        EXPECT_THAT(
            keys(
                {.key = on, .range_end = on, .sort_order = order, .sort_target = machine::SortTarget::value}),
            ElementsAre("a", "b", "c"));
    }
}

// --- transactions ------------------------------------------------------------------------------------------

TEST_F(Reference, ATransactionHasOneRevisionAndAnswersInOrder) {
    put("a", "1");
    const auto outcome =
        apply(machine::Txn{{version_is("a", 1)}, {do_put("a", "2"), do_put("b", "1"), do_get("a")}, {}});
    EXPECT_EQ(outcome.revision, Revision{3});
    EXPECT_TRUE(transaction(outcome).succeeded);
    EXPECT_EQ(transaction(outcome).answers.at(0).body, decltype(machine::Answer::body){machine::PutAnswer{}});
    EXPECT_THAT(range_in(outcome, 2).kvs, ElementsAre(record("a", "2", 2, 3, 2)));
    EXPECT_THAT(everything(), ElementsAre("a=2 2/3/2", "b=1 3/3/1"));
    EXPECT_THAT(events(3), ElementsAre("put a=2 2/3/2 after a=1 2/2/1", "put b=1 3/3/1 after nothing"));
}

TEST_F(Reference, ATransactionThatOnlyReadsIsNoWrite) {
    put("a", "1");
    const auto outcome = apply(machine::Txn{{version_is("a", 7)},
                                            {do_put("a", "2")},
                                            {do_get("a"), {machine::Delete{.key = "x", .prev_kv = true}}}});
    EXPECT_EQ(outcome.revision, Revision{2});
    EXPECT_FALSE(transaction(outcome).succeeded);
    EXPECT_EQ(transaction(outcome).answers.size(), 2U);
}

// etcd: a read of an older revision does not see what the transaction did, nor can it ask for the revision
// that it makes.
TEST_F(Reference, ReadsOfThePastInATransaction) {
    put("a", "1");
    const auto outcome = apply(machine::Txn{{}, {do_put("a", "2"), do_get("a", 2), do_get("a")}, {}});
    EXPECT_THAT(range_in(outcome, 1).kvs, ElementsAre(record("a", "1", 2, 2, 1)));
    EXPECT_THAT(range_in(outcome, 2).kvs, ElementsAre(record("a", "2", 2, 3, 2)));
    EXPECT_EQ(apply(machine::Txn{{}, {do_put("a", "3"), do_get("a", 4)}, {}}),
              refused(Code::future_revision, 3));
    compact(3);
    EXPECT_EQ(apply(machine::Txn{{}, {do_put("a", "3"), do_get("a", 2)}, {}}), refused(Code::compacted, 3));
    EXPECT_THAT(everything(), ElementsAre("a=2 2/3/2"));
}

TEST_F(Reference, ComparesOfEachTarget) {
    grant(9, seconds{10});
    put("a", "m");
    put_leased("a", 9);
    put("a", "m");
    put_leased("a", 9);  // a=v 2/5/4 lease=9
    const auto holds = [&](machine::CompareTarget target, machine::Relation relation, std::uint64_t number,
                           std::string_view value = {}) {
        return transaction(apply(machine::Txn{{{.key = "a",
                                                .target = target,
                                                .relation = relation,
                                                .number = number,
                                                .value = value}},
                                              {},
                                              {}}))
            .succeeded;
    };
    using enum machine::CompareTarget;
    using enum machine::Relation;
    EXPECT_TRUE(holds(version, equal, 4));
    EXPECT_FALSE(holds(version, not_equal, 4));
    EXPECT_TRUE(holds(create, less, 3));
    EXPECT_FALSE(holds(create, less, 2));
    EXPECT_TRUE(holds(mod, greater, 4));
    EXPECT_FALSE(holds(mod, greater, 5));
    EXPECT_TRUE(holds(value, greater, 0, "uuu"));
    EXPECT_FALSE(holds(value, less, 0, "v"));
    EXPECT_TRUE(holds(value, less, 0, std::string_view{"v\0", 2}));
    EXPECT_TRUE(holds(lease, equal, 9));
    EXPECT_TRUE(holds(lease, not_equal, 8));
}

// etcd's applyCompare.
TEST_F(Reference, ComparesOfWhatIsNotThere) {
    const auto holds = [&](const machine::Compare& compare) {
        return transaction(apply(machine::Txn{{compare}, {}, {}})).succeeded;
    };
    using enum machine::CompareTarget;
    using enum machine::Relation;
    EXPECT_TRUE(holds({.key = "x", .target = version, .relation = equal, .number = 0}));
    EXPECT_TRUE(holds({.key = "x", .range_end = "y", .target = mod, .relation = less, .number = 1}));
    for (const auto relation : {equal, greater, less, not_equal})
        EXPECT_FALSE(holds({.key = "x", .target = value, .relation = relation, .value = "v"}));
}

TEST_F(Reference, ACompareOfARangeHoldsForEveryKey) {
    put("a", "1");
    put("b", "1");
    put("b", "1");
    const auto succeeded = [&](std::uint64_t version) {
        const machine::Compare compare{
            .key = "a", .range_end = "c", .relation = machine::Relation::less, .number = version};
        return transaction(apply(machine::Txn{{compare}, {}, {}})).succeeded;
    };
    EXPECT_TRUE(succeeded(3));
    EXPECT_FALSE(succeeded(2));
}

// etcd's compareToPath: before any change, also what is nested.
TEST_F(Reference, AllComparesAreMadeFirst) {
    machine::Txn inner{{version_is("a", 0)}, {do_put("yes", "")}, {do_put("no", "")}};
    const auto outcome = apply(machine::Txn{{}, {do_put("a", "1"), {inner}}, {}});
    EXPECT_TRUE(std::get<machine::TxnAnswer>(transaction(outcome).answers.at(1).body).succeeded);
    EXPECT_THAT(everything(), ElementsAre("a=1 2/2/1", "yes= 2/2/1"));
}

TEST_F(Reference, AFailedTransactionChangesNothingAndTheFirstReasonCounts) {
    put("text", "x");
    const machine::Operation leased{machine::Put{.key = "l", .value = "", .lease = LeaseId{5}}};
    const machine::Operation increment{machine::Increment{"text", 1}};
    const machine::Operation kept{machine::Put{.key = "k", .ignore_value = true}};
    EXPECT_EQ(apply(machine::Txn{{}, {do_put("a", "1"), leased, increment}, {}}),
              refused(Code::lease_not_found, 2));
    EXPECT_EQ(apply(machine::Txn{{}, {do_put("a", "1"), increment, leased}, {}}),
              refused(Code::wrong_type, 2));
    const machine::Operation nested{machine::Txn{{}, {do_put("b", "1"), kept}, {increment}}};
    EXPECT_EQ(apply(machine::Txn{{}, {nested, leased}, {}}), refused(Code::key_not_found, 2));
    EXPECT_THAT(everything(), ElementsAre("text=x 2/2/1"));
    // What is wrong in a branch that is not taken does not matter.
    EXPECT_EQ(apply(machine::Txn{{version_is("a", 1)}, {leased}, {do_put("a", "1")}}).code, Code::ok);
}

// --- history -----------------------------------------------------------------------------------------------

TEST_F(Reference, CompactionForgetsWhatWasBefore) {
    put("a", "1");
    put("a", "2");
    put("b", "1");
    EXPECT_EQ(compact(5), refused(Code::future_revision, 4));
    EXPECT_EQ(compact(3), ok(4));
    EXPECT_EQ(machine_.compacted(), Revision{3});
    EXPECT_EQ(compact(3), refused(Code::compacted, 4));
    EXPECT_EQ(compact(2), refused(Code::compacted, 4));
    EXPECT_EQ(machine_.range({.key = "a", .revision = Revision{2}}).code, Code::compacted);
    EXPECT_THAT(records({.key = "a", .revision = Revision{3}}), ElementsAre("a=2 2/3/2"));
    EXPECT_THAT(events(1), ElementsAre("put b=1 4/4/1 after nothing"));
    put("a", "3");
    EXPECT_THAT(events(5), ElementsAre("put a=3 2/5/3 after a=2 2/3/2"));
}

// --- sessions ----------------------------------------------------------------------------------------------

TEST_F(Reference, ARetryGetsTheSameOutcomeWhateverItWas) {
    const machine::Put unleased{.key = "a", .value = "1", .lease = LeaseId{1}};
    EXPECT_EQ(by(1, 1, 1, machine::Increment{"n", 1}), ok(2, {machine::IncrementAnswer{1}}));
    EXPECT_EQ(by(1, 2, 1, unleased), refused(Code::lease_not_found, 2));
    grant(1, seconds{10});
    put("n", "7");
    EXPECT_EQ(by(1, 2, 1, unleased), refused(Code::lease_not_found, 2));
    EXPECT_EQ(by(1, 1, 1, machine::Increment{"n", 1}), ok(2, {machine::IncrementAnswer{1}}));
    EXPECT_THAT(everything(), ElementsAre("n=7 2/3/2"));
    EXPECT_EQ(by(2, 1, 1, unleased), ok(4));  // another client's
}

TEST_F(Reference, WhatWasAnsweredIsNeverAppliedAgain) {
    by(1, 3, 3, machine::Put{.key = "a", .value = "1"});
    EXPECT_EQ(by(1, 2, 2, machine::Put{.key = "a", .value = "2"}), refused(Code::stale_request, 2));
    EXPECT_EQ(by(1, 4, 3, machine::Put{.key = "a", .value = "2"}), ok(3));  // 3 is still known
    EXPECT_EQ(by(1, 3, 2, machine::Put{.key = "a", .value = "3"}), ok(2));
}

TEST_F(Reference, AnIdleSessionIsForgotten) {
    by(1, 1, 1, machine::Put{.key = "a", .value = "1"});
    machine_.advance(minutes{10});
    EXPECT_EQ(machine_.session_count(), 1U);
    EXPECT_EQ(by(1, 1, 1, machine::Put{.key = "a", .value = "1"}), ok(2));  // in use again
    machine_.advance(minutes{20});
    EXPECT_EQ(machine_.session_count(), 1U);
    machine_.advance(minutes{20} + machine::ClusterTime{1});
    EXPECT_EQ(machine_.session_count(), 0U);
    EXPECT_EQ(by(1, 1, 1, machine::Put{.key = "a", .value = "1"}), ok(3));
}

}  // namespace
}  // namespace kvbus::oracle
