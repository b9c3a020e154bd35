// The checker against the definition, on thousands of small histories.
#include "linearizability/oracle.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "linearizability/checker.h"
#include "linearizability/notation.h"
#include "linearizability/random_history.h"
#include "linearizability/register.h"

namespace kvbus::linearizability {
namespace {

// Few values and long calls, so that about anything may have come about in several ways, or in none.
std::vector<Operation> small_history(Random& random) {
    return random_history({.operations = static_cast<std::uint32_t>(random.between(1, 10)),
                           .clients = static_cast<std::uint32_t>(random.between(1, 5)),
                           .values = static_cast<std::uint32_t>(random.below(4)),
                           .gets = 0.5,
                           .removes = random.chance(0.5) ? 0.0 : 0.2,
                           .unknown = 0.3,
                           .failed = 0.1,
                           .longest = random.between(2, 20)},
                          random);
}

void change(Operation& operation, const Operation& other, Random& random) {
    switch (random.below(6)) {
        case 0:
        case 1:
        case 2:
            if (operation.op != Op::remove && (operation.op == Op::get || other.value))
                operation.value = other.value;
            return;
        case 3:
            operation.outcome = other.outcome;
            if (operation.returned < operation.call) operation.returned = operation.call;
            return;
        case 4: {
            const auto length = operation.returned - operation.call;
            operation.call = other.call;
            operation.returned = operation.call + length;
            return;
        }
        default:
            operation.returned = std::max(operation.call, other.returned);
    }
}

void compare(const std::vector<Operation>& history, std::uint64_t seed) {
    std::vector<const Operation*> operations;
    for (const auto& operation : history)
        operations.push_back(&operation);
    const auto actions = make_register(operations);
    const auto result = search(actions, {});
    const bool expected = oracle_finds_order(history);
    ASSERT_EQ(name_of(result.verdict), name_of(expected ? Verdict::linearizable : Verdict::not_linearizable))
        << "seed " << seed << "\n"
        << text_of(history);
    if (!expected) return;
    std::vector<const Operation*> order;
    for (const auto place : result.order)
        order.push_back(operations[actions.actions[place].operation]);
    ASSERT_TRUE(oracle_accepts(order, history)) << "seed " << seed << "\n" << text_of(history);
}

TEST(OracleTest, AgreesOnHistoriesOfARegister) {
    for (std::uint64_t seed = 1; seed <= 5000 && !HasFatalFailure(); ++seed) {
        Random random(seed);
        const auto history = small_history(random);
        ASSERT_TRUE(oracle_finds_order(history)) << "seed " << seed << "\n" << text_of(history);
        compare(history, seed);
    }
}

TEST(OracleTest, AgreesOnChangedHistories) {
    int illegal = 0;
    for (std::uint64_t seed = 1; seed <= 100'000 && !HasFatalFailure(); ++seed) {
        Random random(seed);
        auto history = small_history(random);
        for (auto changes = random.between(1, 4); changes > 0; --changes)
            change(history[random.below(history.size())], history[random.below(history.size())], random);
        compare(history, seed);
        illegal += oracle_finds_order(history) ? 0 : 1;
    }
    // Both verdicts are common, or this proves little.
    EXPECT_GT(illegal, 10'000);
    EXPECT_LT(illegal, 90'000);
}

// Two values, written by many and often without an answer: the search must choose, and come back.
TEST(OracleTest, AgreesWhereThereAreChoices) {
    int illegal = 0;
    for (std::uint64_t seed = 1; seed <= 20'000 && !HasFatalFailure(); ++seed) {
        Random random(seed);
        auto history = random_history({.operations = 14,
                                       .clients = 5,
                                       .values = 2,
                                       .gets = 0.5,
                                       .removes = 0,
                                       .unknown = 0.5,
                                       .failed = 0,
                                       .longest = 20},
                                      random);
        for (auto changes = random.between(1, 3); changes > 0; --changes) {
            auto& operation = history[random.below(history.size())];
            if (operation.op == Op::get) operation.value = std::to_string(random.between(1, 2));
        }
        compare(history, seed);
        illegal += oracle_finds_order(history) ? 0 : 1;
    }
    EXPECT_GT(illegal, 1000);
}

// What an explanation says of a history is true: without that read there is an order of all that had
// returned.
TEST(OracleTest, TheFirstReturnWithoutAnOrderIsARead) {
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        Random random(seed);
        auto history = small_history(random);
        change(history[random.below(history.size())], history[random.below(history.size())], random);
        const auto report = check(history);
        if (report.verdict == Verdict::linearizable) continue;
        const auto line = report.explanation.substr(report.explanation.find('\n') + 1);
        const auto named = std::ranges::find_if(history, [&](const Operation& operation) {
            return line.starts_with("    " + describe(operation) + "\n");
        });
        ASSERT_NE(named, history.end()) << "seed " << seed << "\n" << report.explanation;
        ASSERT_EQ(named->op, Op::get) << "seed " << seed << "\n" << report.explanation;
        const auto end = named->returned;
        std::vector<Operation> before;
        for (auto operation : history) {
            if (operation.id == named->id || operation.call > end) continue;
            if (operation.outcome == Outcome::ok && operation.returned >= end)
                operation.outcome = operation.op == Op::get ? Outcome::fail : Outcome::unknown;
            before.push_back(operation);
        }
        ASSERT_TRUE(oracle_finds_order(before)) << "seed " << seed << "\n" << text_of(history);
    }
}

}  // namespace
}  // namespace kvbus::linearizability
