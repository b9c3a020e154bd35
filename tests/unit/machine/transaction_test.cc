#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string run(Machine& machine, Txn txn) {
    return told(machine.apply(command(std::move(txn))));
}

Machine holding_records(std::initializer_list<std::pair<std::string_view, std::string_view>> records,
                        Limits limits = {}) {
    Machine machine(limits);
    for (const auto& [key, value] : records)
        machine.apply(put(key, value));
    return machine;
}

// --- comparisons -------------------------------------------------------------------------------------------

bool holds(Machine& machine, Compare compare) {
    return run(machine, txn({compare}, {})).ends_with("then {}");
}

TEST(Comparison, OfEachTargetByEachRelation) {
    Machine machine = holding_records({{"x", ""}, {"a", "1"}});
    machine.apply(command(LeaseGrant{LeaseId{7}}));
    machine.apply(command(Put{.key = "a", .value = "m", .lease = LeaseId{7}}));  // create 3, mod 4, version 2
    struct Case {
        CompareTarget target;
        std::uint64_t number;
    };
    for (const auto& [target, number] : {Case{CompareTarget::version, 2}, Case{CompareTarget::create, 3},
                                         Case{CompareTarget::mod, 4}, Case{CompareTarget::lease, 7}}) {
        for (const int off : {-1, 0, 1}) {
            const auto holds_by = [&, target = target, number = number](Relation relation) {
                return holds(machine, {"a", "", target, relation, number + off});
            };
            EXPECT_EQ(holds_by(Relation::equal), off == 0);
            EXPECT_EQ(holds_by(Relation::not_equal), off != 0);
            EXPECT_EQ(holds_by(Relation::greater), off < 0) << "what is there is on the left side";
            EXPECT_EQ(holds_by(Relation::less), off > 0);
        }
    }
    for (const std::string_view value : {"a", "m", "z", "mm", ""}) {
        const auto holds_by = [&](Relation relation) {
            return holds(machine, {"a", "", CompareTarget::value, relation, 0, value});
        };
        EXPECT_EQ(holds_by(Relation::equal), value == "m");
        EXPECT_EQ(holds_by(Relation::not_equal), value != "m");
        EXPECT_EQ(holds_by(Relation::greater), value < "m");
        EXPECT_EQ(holds_by(Relation::less), value > "m");
    }
}

TEST(Comparison, ComparesValuesByTheirUnsignedBytes) {
    Machine machine = holding_records({{"a", "\x80"}});
    EXPECT_TRUE(holds(machine, {"a", "", CompareTarget::value, Relation::greater, 0, "\x7f"}));
}

TEST(Comparison, AMissingKeyIsARecordOfZeros) {
    Machine machine;
    for (const auto target :
         {CompareTarget::version, CompareTarget::create, CompareTarget::mod, CompareTarget::lease}) {
        EXPECT_TRUE(holds(machine, {"a", "", target, Relation::equal, 0}));
        EXPECT_TRUE(holds(machine, {"a", "z", target, Relation::equal, 0}));
        EXPECT_TRUE(holds(machine, {"a", "", target, Relation::less, 1}));
        EXPECT_FALSE(holds(machine, {"a", "", target, Relation::greater, 0}));
        EXPECT_FALSE(holds(machine, {"a", "z", target, Relation::not_equal, 0}));
    }
}

TEST(Comparison, AMissingValueFailsWhateverTheRelation) {
    Machine machine;
    for (const auto relation : {Relation::equal, Relation::not_equal, Relation::less, Relation::greater}) {
        EXPECT_FALSE(holds(machine, {"a", "", CompareTarget::value, relation, 0, ""}));
        EXPECT_FALSE(holds(machine, {"a", "z", CompareTarget::value, relation, 0, "x"}));
    }
}

TEST(Comparison, OfARangeHoldsForEveryKeyInIt) {
    Machine machine = holding_records({{"a", "1"}, {"b", "1"}, {"c", "2"}});
    const auto all_ones = [&](std::string_view key, std::string_view range_end) {
        return holds(machine, {key, range_end, CompareTarget::value, Relation::equal, 0, "1"});
    };
    EXPECT_TRUE(all_ones("a", "c"));
    EXPECT_FALSE(all_ones("a", "d"));
    EXPECT_FALSE(all_ones("a", to_the_end));
    EXPECT_FALSE(all_ones("d", to_the_end));
}

// --- branches ----------------------------------------------------------------------------------------------

TEST(Transaction, TakesOneBranch) {
    Machine machine = holding_records({{"a", "1"}});
    const Compare is_new{"a", "", CompareTarget::version, Relation::equal, 0};
    const Compare is_old{"a", "", CompareTarget::version, Relation::equal, 1};
    EXPECT_EQ(run(machine, txn({is_new}, {{Put{"t", ""}}}, {{Put{"e", ""}}})), "3: else {put}");
    EXPECT_EQ(run(machine, txn({is_old}, {{Put{"t", ""}}}, {{Put{"e", ""}}})), "4: then {put}");
    EXPECT_EQ(run(machine, txn({is_old, is_new}, {{Put{"t", ""}}}, {})), "4: else {}") << "all must hold";
    EXPECT_EQ(run(machine, txn({}, {{Put{"t", ""}}}, {})), "5: then {put}") << "none always hold";
    EXPECT_THAT(everything(machine), ElementsAre("a=1 2/2/1", "e= 3/3/1", "t= 4/5/2"));
}

TEST(Transaction, HasOneRevisionForAllItsChanges) {
    Machine machine = holding_records({{"a", "1"}, {"n", "41"}, {"x", ""}, {"y", ""}});
    EXPECT_EQ(run(machine, txn({}, {{Put{.key = "a", .value = "2", .prev_kv = true}},
                                    {Append{"b", "bytes"}},
                                    {Increment{"n"}},
                                    {Delete{.key = "x", .range_end = "z", .prev_kv = true}}})),
              "6: then {put over [a=1]; 5 bytes; now 42; deleted 2 [x= y=]}");
    EXPECT_THAT(everything(machine), ElementsAre("a=2 2/6/2", "b=bytes 6/6/1", "n=42 3/6/2"));
    EXPECT_EQ(machine.revision(), Revision{6});
}

TEST(Transaction, ThatChangesNothingMakesNoRevision) {
    Machine machine = holding_records({{"a", "1"}});
    EXPECT_EQ(run(machine, txn({}, {})), "2: then {}");
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a"}}})), "2: then {1 [a=1]}");
    EXPECT_EQ(run(machine, txn({}, {{Delete{"x"}}, {Delete{"x", to_the_end}}})),
              "2: then {deleted 0; deleted 0}");
    EXPECT_EQ(machine.revision(), Revision{2});
}

TEST(Transaction, CountsDeletedKeysInItsAnswerOnly) {
    Machine machine = holding_records({{"a", "1"}});
    EXPECT_EQ(machine.apply(command(txn({}, {{Delete{"a"}}}))).deleted, 0U);
}

TEST(Transaction, OperationsSeeThoseBeforeThem) {
    Machine machine = holding_records({{"a", "1"}, {"b", "1"}});
    const RangeQuery all{to_the_end, to_the_end};
    EXPECT_EQ(run(machine, txn({}, {{all}, {Put{"c", "1"}}, {all}, {Delete{"a"}}, {all}})),
              "4: then {2 [a=1 b=1]; put; 3 [a=1 b=1 c=1]; deleted 1; 2 [b=1 c=1]}");
}

TEST(Transaction, ARangeSeesTheRevisionBeingMade) {
    Machine machine = holding_records({{"a", "1"}});
    const Outcome outcome = machine.apply(command(txn({}, {{Put{"a", "2"}}, {RangeQuery{"a"}}})));
    const auto& answers = std::get<TxnAnswer>(outcome.answer->body).answers;
    EXPECT_EQ(std::get<RangeAnswer>(answers.at(1).body).kvs.at(0).mod_revision, Revision{3});
}

TEST(Transaction, ARangeOfThePastSeesNoChange) {
    Machine machine = holding_records({{"a", "1"}});
    EXPECT_EQ(run(machine, txn({}, {{Put{"a", "2"}}, {RangeQuery{.key = "a", .revision = Revision{2}}}})),
              "3: then {put; 1 [a=1]}");
}

TEST(Transaction, DeletesMayOverlapAndEachKeyGoesOnce) {
    Machine machine = holding_records({{"a", "1"}, {"b", "2"}, {"c", "3"}});
    EXPECT_EQ(run(machine, txn({}, {{Delete{.key = "b", .range_end = to_the_end, .prev_kv = true}},
                                    {Delete{.key = "a", .range_end = to_the_end, .prev_kv = true}},
                                    {Delete{.key = "b", .prev_kv = true}}})),
              "5: then {deleted 2 [b=2 c=3]; deleted 1 [a=1]; deleted 0}");
}

// --- nested ------------------------------------------------------------------------------------------------

TEST(NestedTransaction, IsComparedBeforeAnythingIsDone) {
    Machine machine = holding_records({{"a", "1"}});
    const Compare is_one{"a", "", CompareTarget::value, Relation::equal, 0, "1"};
    EXPECT_EQ(run(machine, txn({}, {{Put{"a", "2"}},
                                    {txn({is_one}, {{Put{"b", "one"}}, {RangeQuery{"a"}}})},
                                    {RangeQuery{"b"}}})),
              "3: then {put; then {put; 1 [a=2]}; 1 [b=one]}");
}

TEST(NestedTransaction, TakesABranchOfItsOwnAtEachLevel) {
    Machine machine = holding_records({{"a", "1"}});
    const Compare never{"a", "", CompareTarget::version, Relation::equal, 9};
    EXPECT_EQ(run(machine, txn({never}, {{txn({}, {{Put{"x", ""}}})}},
                               {{txn({}, {{txn({never}, {}, {{Put{"y", ""}}})}}, {})}, {Put{"z", ""}}})),
              "3: else {then {else {put}}; put}");
    EXPECT_THAT(everything(machine), ElementsAre("a=1 2/2/1", "y= 3/3/1", "z= 3/3/1"));
}

TEST(NestedTransaction, OnTheOtherBranchIsNotChecked) {
    Machine machine;
    EXPECT_EQ(run(machine, txn({}, {}, {{Put{.key = "a", .lease = LeaseId{1}}}})), "1: then {}");
}

// --- all or nothing ----------------------------------------------------------------------------------------

struct Refusal {
    std::string_view title;
    Operation operation;
    Code code;
};

class RefusedTransaction : public ::testing::TestWithParam<Refusal> {
  protected:
    RefusedTransaction() {
        for (const auto& [key, value] : {std::pair{"text", "x"}, {"most", "9223372036854775807"}})
            machine.apply(put(key, value));
        for (int i = 0; i < 3; ++i)
            machine.apply(put("old", std::to_string(i)));
        machine.apply(command(Compact{Revision{5}}));
    }
    Machine machine{{.value_bytes_max = 30}};
};

TEST_P(RefusedTransaction, AppliesNothing) {
    const auto before = everything(machine);
    const auto hash = machine.state_hash();
    const std::string refusal = "6: " + std::string(name_of(GetParam().code));
    const Operation change{Put{"a", "1"}};
    const Operation removal{Delete{"old"}};
    const Operation bad = GetParam().operation;
    EXPECT_EQ(run(machine, txn({}, {bad})), refusal);
    EXPECT_EQ(run(machine, txn({}, {change, removal, bad})), refusal);
    EXPECT_EQ(run(machine, txn({}, {change, removal, {txn({}, {{txn({}, {bad})}})}})), refusal);
    EXPECT_EQ(run(machine, txn({}, {{txn({}, {change})}, {txn({}, {bad})}, removal})), refusal);
    EXPECT_EQ(everything(machine), before);
    EXPECT_EQ(machine.state_hash(), hash);
}

INSTANTIATE_TEST_SUITE_P(
    Of, RefusedTransaction,
    ::testing::Values(
        Refusal{"unknown_lease", {Put{.key = "k", .lease = LeaseId{1}}}, Code::lease_not_found},
        Refusal{"value_of_missing_key", {Put{.key = "k", .ignore_value = true}}, Code::key_not_found},
        Refusal{"lease_of_missing_key", {Put{.key = "k", .ignore_lease = true}}, Code::key_not_found},
        Refusal{"no_number", {Increment{"text"}}, Code::wrong_type},
        Refusal{"too_large_a_number", {Increment{"most"}}, Code::overflow},
        Refusal{"too_long_a_value", {Append{"text", "123456789012345678901234567890"}}, Code::overflow},
        Refusal{"compacted", {RangeQuery{.key = "old", .revision = Revision{4}}}, Code::compacted},
        Refusal{"future", {RangeQuery{.key = "old", .revision = Revision{7}}}, Code::future_revision}),
    [](const auto& info) { return std::string(info.param.title); });

// The revision that the transaction is about to make is one of the future, too, as in etcd.
TEST(Transaction, CannotReadTheRevisionItMakesByNumber) {
    Machine machine;
    EXPECT_EQ(run(machine, txn({}, {{Put{"a", ""}}, {RangeQuery{.key = "a", .revision = Revision{2}}}})),
              "1: future_revision");
}

TEST(Transaction, IsRefusedForTheFirstOperationThatCannotBe) {
    Machine machine = holding_records({{"a", "x"}});
    EXPECT_EQ(run(machine, txn({}, {{Increment{"a"}}, {Put{.key = "k", .lease = LeaseId{1}}}})),
              "2: wrong_type");
    EXPECT_EQ(run(machine, txn({}, {{Put{.key = "k", .lease = LeaseId{1}}}, {Increment{"a"}}})),
              "2: lease_not_found");
}

// --- the size of answers -----------------------------------------------------------------------------------

constexpr Limits small_answers{.answer_record_overhead = 0, .answer_bytes_max = 20};

TEST(AnswerSize, OfAllRecordsTogetherIsBounded) {
    Machine machine = holding_records({{"a", "123456789"}, {"b", "123456789"}, {"c", ""}}, small_answers);
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a"}}, {RangeQuery{"b"}}})),
              "4: then {1 [a=123456789]; 1 [b=123456789]}");
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a"}}, {RangeQuery{"b", to_the_end}}})), "4: too_large");
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a"}}, {txn({}, {{RangeQuery{"b"}}, {RangeQuery{"c"}}})}})),
              "4: too_large");
    EXPECT_THAT(run(machine, txn({}, {{RangeQuery{.key = "a", .range_end = "z", .keys_only = true}}})),
                HasSubstr("4: then {3 ["));
    EXPECT_THAT(run(machine, txn({}, {{RangeQuery{.key = "a", .range_end = "z", .count_only = true}}})),
                HasSubstr("3 []"));
}

TEST(AnswerSize, CountsPreviousRecords) {
    Machine machine = holding_records({{"a", "1234567890"}, {"b", "1234567890"}}, small_answers);
    const Put put_a{.key = "a", .value = "x", .prev_kv = true};
    const Delete delete_both{.key = "a", .range_end = "z", .prev_kv = true};
    EXPECT_EQ(run(machine, txn({}, {{put_a}, {Delete{.key = "b", .prev_kv = true}}})), "3: too_large");
    EXPECT_EQ(run(machine, txn({}, {{delete_both}})), "3: too_large");
    EXPECT_EQ(told(machine.apply(command(delete_both))), "3: too_large") << "outside of transactions as well";
    EXPECT_EQ(machine.key_count(), 2U);
    EXPECT_EQ(run(machine, txn({}, {{Delete{"a"}}, {delete_both}})),
              "4: then {deleted 1; deleted 1 [b=1234567890]}")
        << "what is gone already is not counted";
}

TEST(AnswerSize, OfAPutCountsWhatItReplaces) {
    Machine machine = holding_records({{"a", "12345678901234567890"}}, small_answers);
    EXPECT_EQ(told(machine.apply(command(Put{.key = "a", .value = "x", .prev_kv = true}))), "2: too_large");
    EXPECT_EQ(told(machine.apply(put("a", "x"))), "3: ok");
}

TEST(AnswerSize, SeesWhatTheTransactionWroteAndRemoved) {
    Machine machine = holding_records({{"a", "1234567890"}, {"b", "1234567890"}}, small_answers);
    const RangeQuery all{to_the_end, to_the_end};
    EXPECT_EQ(run(machine, txn({}, {{all}})), "3: too_large");
    EXPECT_EQ(run(machine, txn({}, {{Put{"c", "12345678901234567890"}}, {RangeQuery{"c"}}})), "3: too_large");
    EXPECT_EQ(run(machine, txn({}, {{Append{"b", "12345678901234567890"}}, {RangeQuery{"b"}}})),
              "3: too_large");
    EXPECT_EQ(run(machine, txn({}, {{Put{"a", "1"}}, {all}})), "4: then {put; 2 [a=1 b=1234567890]}");
    EXPECT_EQ(run(machine, txn({}, {{Delete{"a"}}, {all}})), "5: then {deleted 1; 1 [b=1234567890]}");
}

// The second of a range comes first when the first one goes.
TEST(AnswerSize, OfALimitedRangeAfterRemovalsCountsTheRecordsThatMoveUp) {
    Machine machine =
        holding_records({{"a", "1"}, {"b", "123456789012345678901"}, {"c", "1"}}, small_answers);
    const RangeQuery first{.key = "a", .range_end = "z", .limit = 1};
    EXPECT_EQ(run(machine, txn({}, {{first}})), "4: then {3 and more [a=1]}");
    EXPECT_EQ(run(machine, txn({}, {{Delete{"a"}}, {first}})), "4: too_large");
    EXPECT_EQ(run(machine, txn({}, {{Delete{"a", "c"}}, {first}})), "5: then {deleted 2; 1 [c=1]}");
}

TEST(AnswerSize, CountsSomethingForARecordWithoutContent) {
    Machine machine =
        holding_records({{"a", ""}, {"b", ""}}, {.answer_record_overhead = 10, .answer_bytes_max = 15});
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a"}}})), "3: then {1 [a=]}");
    EXPECT_EQ(run(machine, txn({}, {{RangeQuery{"a", "z"}}})), "3: too_large");
    EXPECT_EQ(told(machine.apply(command(Delete{.key = "a", .range_end = "z", .prev_kv = true}))),
              "3: too_large");
    const auto put = [](std::string_view key) { return Put{.key = key, .prev_kv = true}; };
    EXPECT_EQ(run(machine, txn({}, {{put("a")}, {put("b")}})), "3: too_large");
    EXPECT_EQ(run(machine, txn({}, {{put("a")}, {put("c")}})), "4: then {put over [a=]; put}");
}

std::uint64_t bytes_of(const std::vector<KeyValue>& records) {
    std::uint64_t bytes = 0;
    for (const KeyValue& record : records)
        bytes += record.key.size() + record.value.size();
    return bytes;
}

std::uint64_t bytes_of(const Outcome& outcome) {
    std::uint64_t bytes = 0;
    for (const Answer& answer : std::get<TxnAnswer>(outcome.answer->body).answers) {
        if (const auto* put = std::get_if<PutAnswer>(&answer.body)) bytes += bytes_of(put->previous);
        if (const auto* remove = std::get_if<DeleteAnswer>(&answer.body)) bytes += bytes_of(remove->previous);
        if (const auto* range = std::get_if<RangeAnswer>(&answer.body)) bytes += bytes_of(range->kvs);
    }
    return bytes;
}

// Held against machines that answer whatever the size: refused when the answer would be too large, and,
// unless a range has a limit, then only.
TEST(AnswerSize, IsJudgedAsIfTheTransactionHadBeenApplied) {
    constexpr std::array<std::string_view, 6> names{"a", "b", "c", "d", "e", "f"};
    constexpr std::string_view filling = "filling filling filling";
    Random random(1);
    int refused = 0;
    int trials = 0;
    while (trials < 3000) {
        const auto key = [&] { return names[random.below(names.size())]; };
        const auto value = [&] { return filling.substr(0, random.below(filling.size())); };
        Machine bounded({.answer_record_overhead = 0, .answer_bytes_max = 60});
        Machine unbounded;
        for (int i = 0; i < 4; ++i) {
            const Command command = put(key(), value());
            bounded.apply(command);
            unbounded.apply(command);
        }
        std::vector<Operation> operations;
        bool has_limit = false;
        for (int i = 0; i < 6; ++i) {
            const RangeQuery query{
                .key = key(), .range_end = key(), .limit = random.chance(0.1) ? random.between(1, 2) : 0};
            has_limit |= query.limit > 0;
            const std::array<Operation, 5> choices{
                Operation{Put{.key = key(), .value = value(), .prev_kv = random.chance(0.5)}},
                {Append{key(), value()}},
                {Delete{key(), key(), random.chance(0.5)}},
                {query},
                {query}};
            operations.push_back(choices[random.below(choices.size())]);
        }
        const Txn transaction = txn({}, operations);
        if (flaw_of(transaction, 128)) continue;
        ++trials;
        const std::uint64_t hash = bounded.state_hash();
        const Outcome outcome = bounded.apply(command(transaction));
        const Outcome expected = unbounded.apply(command(transaction));
        if (outcome.code == Code::ok) {
            ASSERT_EQ(outcome, expected);
            ASSERT_LE(bytes_of(outcome), 60U);
        } else {
            ++refused;
            ASSERT_EQ(outcome.code, Code::too_large);
            ASSERT_EQ(bounded.state_hash(), hash);
            ASSERT_TRUE(has_limit || bytes_of(expected) > 60);
        }
    }
    EXPECT_GT(refused, 100);
    EXPECT_LT(refused, 2900);
}

// --- flaws -------------------------------------------------------------------------------------------------

Code flaw(const Txn& txn, std::size_t operations_max = 128) {
    const auto error = flaw_of(txn, operations_max);
    return error ? error->code : Code::ok;
}

TEST(Flaw, AKeyIsWrittenOnce) {
    const std::vector<Operation> writes = {{Put{"a", ""}}, {Append{"a", ""}}, {Increment{"a"}}};
    for (const Operation& one : writes) {
        for (const Operation& other : writes) {
            EXPECT_EQ(flaw(txn({}, {one, other})), Code::duplicate_key);
            EXPECT_EQ(flaw(txn({}, {}, {one, other})), Code::duplicate_key);
            EXPECT_EQ(flaw(txn({}, {one}, {other})), Code::ok) << "of two branches one is taken";
        }
        EXPECT_EQ(flaw(txn({}, {one, {Put{"b", ""}}})), Code::ok);
    }
    EXPECT_THAT(flaw_of(txn({}, {{Put{"a", ""}}, {Put{"a", ""}}}), 9)->message, HasSubstr("'a'"));
}

TEST(Flaw, AKeyIsNotWrittenAndRemoved) {
    const Operation write{Put{"b", ""}};
    struct Case {
        Delete remove;
        Code code;
    };
    for (const auto& [remove, code] : {Case{{"b"}, Code::duplicate_key},
                                       {{"a"}, Code::ok},
                                       {{"bb"}, Code::ok},
                                       {{"a", "b"}, Code::ok},
                                       {{"a", "c"}, Code::duplicate_key},
                                       {{"b", "c"}, Code::duplicate_key},
                                       {{"b", "b"}, Code::ok},
                                       {{"c", "a"}, Code::ok},
                                       {{"c", to_the_end}, Code::ok},
                                       {{"a", to_the_end}, Code::duplicate_key}}) {
        EXPECT_EQ(flaw(txn({}, {write, {remove}})), code) << remove.key << " to " << remove.range_end;
        EXPECT_EQ(flaw(txn({}, {{remove}, write})), code) << remove.key << " to " << remove.range_end;
        EXPECT_EQ(flaw(txn({}, {{remove}, {txn({}, {}, {write})}})), code);
        EXPECT_EQ(flaw(txn({}, {{txn({}, {{remove}})}, {txn({}, {}, {write})}})), code);
        EXPECT_EQ(flaw(txn({}, {{txn({}, {}, {write})}, {txn({}, {{remove}})}})), code);
        EXPECT_EQ(flaw(txn({}, {{txn({}, {write}, {{remove}})}})), Code::ok);
    }
}

TEST(Flaw, JoinedRemovalsStillCoverAllTheirKeys) {
    const std::vector<Operation> removals = {{Delete{"f", "h"}}, {Delete{"b"}},      {Delete{"d"}},
                                             {Delete{"a", "c"}}, {Delete{"c", "e"}}, {Delete{"g", "k"}}};
    for (const std::string_view key : {"a", "b", "bb", "c", "d", "dz", "f", "g", "h", "j"}) {
        auto operations = removals;
        operations.push_back({Put{key, ""}});
        EXPECT_EQ(flaw(txn({}, operations)), Code::duplicate_key) << key;
    }
    for (const std::string_view key : {"A", "e", "ez", "k", "z"}) {
        auto operations = removals;
        operations.push_back({Put{key, ""}});
        EXPECT_EQ(flaw(txn({}, operations)), Code::ok) << key;
    }
}

TEST(Flaw, RemovalsAndRangesMayOverlapAnything) {
    EXPECT_EQ(flaw(txn({}, {{Delete{"a", "c"}}, {Delete{"b", "d"}}, {Delete{"b"}}, {Delete{"b"}}})),
              Code::ok);
    EXPECT_EQ(flaw(txn({}, {{Put{"a", ""}}, {RangeQuery{"a"}}, {RangeQuery{"a"}}})), Code::ok);
}

TEST(Flaw, CountsWritesOfBothBranchesOfANestedTransaction) {
    const Operation write{Put{"a", ""}};
    EXPECT_EQ(flaw(txn({}, {write, {txn({}, {write})}})), Code::duplicate_key);
    EXPECT_EQ(flaw(txn({}, {{txn({}, {}, {write})}, write})), Code::duplicate_key);
    EXPECT_EQ(flaw(txn({}, {{txn({}, {write}, {write})}})), Code::ok);
    EXPECT_EQ(flaw(txn({}, {{txn({}, {write}, {write})}, {txn({}, {}, {write})}})), Code::duplicate_key);
    EXPECT_EQ(flaw(txn({}, {{txn({}, {write})}}, {{txn({}, {write})}})), Code::ok);
}

TEST(Flaw, EachListIsBoundedByItself) {
    const Compare compare{"a"};
    const Operation read{RangeQuery{"a"}};
    EXPECT_EQ(flaw(txn({compare, compare}, {read, read}, {read, read}), 2), Code::ok);
    EXPECT_EQ(flaw(txn({compare, compare, compare}, {}, {}), 2), Code::invalid_argument);
    EXPECT_EQ(flaw(txn({}, {read, read, read}, {}), 2), Code::invalid_argument);
    EXPECT_EQ(flaw(txn({}, {}, {read, read, read}), 2), Code::invalid_argument);
}

TEST(Flaw, NestedTransactionsHaveWhatTheOuterOneLeaves) {
    const Operation read{RangeQuery{"a"}};
    EXPECT_EQ(flaw(txn({}, {{txn({}, {read, read})}}), 3), Code::ok);
    EXPECT_EQ(flaw(txn({}, {{txn({}, {read, read, read})}}), 3), Code::invalid_argument);
    EXPECT_EQ(flaw(txn({}, {read, {txn({}, {}, {read, read})}}), 3), Code::invalid_argument);
}

TEST(Flaw, EightLevelsAreAllowed) {
    Txn nested = txn({}, {{Put{"a", ""}}});
    for (int level = 2; level <= 8; ++level)
        nested = txn({}, {{nested}});
    EXPECT_EQ(flaw(nested), Code::ok);
    EXPECT_EQ(flaw(txn({}, {}, {{nested}})), Code::invalid_argument);
    Machine machine;
    EXPECT_EQ(machine.apply(command(nested)).revision, Revision{2});
    EXPECT_THAT(everything(machine), ElementsAre("a= 2/2/1"));
}

}  // namespace
}  // namespace kvbus::machine
