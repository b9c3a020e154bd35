// Histories of realistic size with one wrong value in each: none may pass.
#include <algorithm>
#include <functional>
#include <optional>
#include <ostream>

#include <gtest/gtest.h>

#include "linearizability/checker.h"
#include "linearizability/random_history.h"

namespace kvbus::linearizability {
namespace {

using History = std::vector<Operation>;

// The value that makes the read impossible, if the history has one. Each put has a value of its own, and
// nothing is deleted, so that what each of these says really excludes the value.
using Corruption = std::function<std::optional<Operation>(const History&, const Operation&)>;

const Operation* find(const History& history, const Operation& read, auto&& condition) {
    const auto found = std::ranges::find_if(history, [&](const Operation& other) {
        return is_write(other) && other.key == read.key && condition(other);
    });
    return found == history.end() ? nullptr : &*found;
}

std::optional<Operation> with_value_of(Operation read, const Operation* write) {
    if (write == nullptr) return std::nullopt;
    read.value = write->value;
    return read;
}

bool acknowledged(const Operation& write) {
    return write.outcome == Outcome::ok;
}

std::optional<Operation> never_written(const History&, Operation read) {
    read.value = "nobody wrote this";
    return read;
}

std::optional<Operation> overwritten(const History& history, const Operation& read) {
    const auto* second = find(history, read, [&](const Operation& write) {
        return acknowledged(write) && write.returned < read.call &&
               find(history, read, [&](const Operation& first) {
                   return acknowledged(first) && first.returned < write.call;
               }) != nullptr;
    });
    if (second == nullptr) return std::nullopt;
    return with_value_of(read, find(history, read, [&](const Operation& first) {
                             return acknowledged(first) && first.returned < second->call;
                         }));
}

std::optional<Operation> written_later(const History& history, const Operation& read) {
    return with_value_of(read, find(history, read, [&](const Operation& write) {
                             return write.outcome != Outcome::fail && write.call > read.returned;
                         }));
}

std::optional<Operation> written_by_a_failure(const History& history, const Operation& read) {
    return with_value_of(
        read, find(history, read, [](const Operation& write) { return write.outcome == Outcome::fail; }));
}

std::optional<Operation> vanished(const History& history, Operation read) {
    const auto* write = find(history, read, [&](const Operation& each) {
        return acknowledged(each) && each.returned < read.call;
    });
    if (write == nullptr) return std::nullopt;
    read.value.reset();
    return read;
}

std::optional<Operation> written_on_another_key(const History& history, Operation read) {
    const auto other = std::ranges::find_if(history, [&](const Operation& write) {
        return is_write(write) && write.key != read.key && acknowledged(write) && write.returned < read.call;
    });
    if (other == history.end()) return std::nullopt;
    read.value = other->value;
    return read;
}

// True when a read could be found and changed.
bool corrupt(History& history, const Corruption& corruption, Random& random) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
        auto& read = history[random.below(history.size())];
        if (read.op != Op::get || read.outcome != Outcome::ok) continue;
        if (const auto changed = corruption(history, read)) {
            read = *changed;
            return true;
        }
    }
    return false;
}

struct Kind {
    std::string_view name;
    Corruption corruption;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class CorruptionTest : public testing::TestWithParam<Kind> {};

TEST_P(CorruptionTest, IsFoundInEachOfAHundredHistories) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Random random(seed);
        auto history = random_history({.operations = 2000, .clients = 16, .keys = 4, .removes = 0}, random);
        const auto before = check(history);
        ASSERT_EQ(before.verdict, Verdict::linearizable) << "seed " << seed << "\n" << before.explanation;
        ASSERT_TRUE(corrupt(history, GetParam().corruption, random)) << "seed " << seed;
        ASSERT_EQ(check(history).verdict, Verdict::not_linearizable) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CorruptionTest,
    testing::Values(Kind{"NeverWritten", never_written}, Kind{"Overwritten", overwritten},
                    Kind{"WrittenLater", written_later}, Kind{"WrittenByAFailure", written_by_a_failure},
                    Kind{"Vanished", vanished}, Kind{"WrittenOnAnotherKey", written_on_another_key}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace kvbus::linearizability
