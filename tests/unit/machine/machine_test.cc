#include "machine/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Machine holding_keys(std::initializer_list<std::string_view> keys) {
    Machine machine;
    for (const std::string_view key : keys)
        machine.apply(put(key, "v"));
    return machine;
}

std::vector<std::string> keys_in(const Machine& machine, std::string_view key, std::string_view range_end,
                                 std::uint64_t limit = 0) {
    std::vector<std::string> keys;
    for (const Record& record : machine.range({key, range_end, limit}).records)
        keys.emplace_back(record.key);
    return keys;
}

TEST(Machine, StartsEmptyAtRevisionOne) {
    const Machine machine;
    EXPECT_EQ(machine.revision(), Revision{1});
    EXPECT_EQ(machine.key_count(), 0U);
    EXPECT_EQ(machine.bytes(), 0U);
    EXPECT_EQ(machine.session_count(), 0U);
    EXPECT_THAT(everything(machine), IsEmpty());
}

// The life of keys as etcd tells it: what is done, what it answers, and all records after it.
TEST(Machine, RevisionsAndVersions) {
    Machine machine;
    struct Step {
        Command command;
        Outcome outcome;
        std::vector<std::string> after;
    };
    const std::initializer_list<Step> steps = {
        {put("a", "1"), ok(2), {"a=1 2/2/1"}},
        {put("b", "1"), ok(3), {"a=1 2/2/1", "b=1 3/3/1"}},
        {put("a", "2"), ok(4), {"a=2 2/4/2", "b=1 3/3/1"}},
        {put("a", "2"), ok(5), {"a=2 2/5/3", "b=1 3/3/1"}},  // the same value again is a write, too
        {remove("x"), ok(5, 0), {"a=2 2/5/3", "b=1 3/3/1"}},
        {remove("b", "a"), ok(5, 0), {"a=2 2/5/3", "b=1 3/3/1"}},  // an empty range
        {remove("a"), ok(6, 1), {"b=1 3/3/1"}},
        {put("a", ""), ok(7), {"a= 7/7/1", "b=1 3/3/1"}},
        {put("c", "1"), ok(8), {"a= 7/7/1", "b=1 3/3/1", "c=1 8/8/1"}},
        {remove("a", "c"), ok(9, 2), {"c=1 8/8/1"}},  // one revision for them all
        {remove(to_the_end, to_the_end), ok(10, 1), {}},
        {put("a", "3"), ok(11), {"a=3 11/11/1"}},
    };
    for (const Step& step : steps) {
        EXPECT_EQ(machine.apply(step.command), step.outcome);
        EXPECT_EQ(everything(machine), step.after);
        EXPECT_EQ(machine.revision(), step.outcome.revision);
        EXPECT_EQ(machine.key_count(), step.after.size());
    }
}

TEST(Machine, Ranges) {
    const Machine machine = holding_keys({"a", "aa", "ab", "b", "ba"});
    EXPECT_THAT(keys_in(machine, "a", ""), ElementsAre("a"));
    EXPECT_THAT(keys_in(machine, "x", ""), IsEmpty());
    EXPECT_THAT(keys_in(machine, "a", "b"), ElementsAre("a", "aa", "ab"));
    EXPECT_THAT(keys_in(machine, "aa", "ba"), ElementsAre("aa", "ab", "b"));
    EXPECT_THAT(keys_in(machine, "ab", to_the_end), ElementsAre("ab", "b", "ba"));
    EXPECT_THAT(keys_in(machine, to_the_end, to_the_end), ElementsAre("a", "aa", "ab", "b", "ba"));
    EXPECT_THAT(keys_in(machine, "b", "a"), IsEmpty());
    EXPECT_THAT(keys_in(machine, "a", "a"), IsEmpty());
    EXPECT_THAT(keys_in(machine, "c", "d"), IsEmpty());
}

TEST(Machine, LimitAndCount) {
    const Machine machine = holding_keys({"a", "b", "c"});
    struct Case {
        RangeQuery query;
        std::size_t records;
        std::uint64_t count;
    };
    const std::initializer_list<Case> cases = {
        {{"a", to_the_end}, 3, 3},
        {{"a", to_the_end, 2}, 2, 3},
        {{"a", to_the_end, 3}, 3, 3},
        {{"a", to_the_end, 9}, 3, 3},
        {{.key = "b", .range_end = to_the_end, .limit = 1, .count_only = true}, 0, 2},
        {{"a", ""}, 1, 1},
        {{.key = "a", .count_only = true}, 0, 1},
        {{"x", ""}, 0, 0},
        {{.key = "x", .count_only = true}, 0, 0},
    };
    for (const Case& expected : cases) {
        const RangeResult result = machine.range(expected.query);
        EXPECT_THAT(result.records, SizeIs(expected.records));
        EXPECT_EQ(result.count, expected.count);
    }
}

// Byte order, whatever the bytes: zeros, high bits, and keys that differ only past their first eight bytes.
TEST(Machine, OrdersKeysByTheirBytes) {
    using std::string_view_literals::operator""sv;
    const std::vector<std::string_view> ordered = {"\0"sv,
                                                   "\0\0"sv,
                                                   "\0\0\0\0\0\0\0\0"sv,
                                                   "\0\0\0\0\0\0\0\0\0"sv,
                                                   "a"sv,
                                                   "a\0"sv,
                                                   "a\0\0"sv,
                                                   "abcdefg"sv,
                                                   "abcdefg\0"sv,
                                                   "abcdefg\0\0"sv,
                                                   "abcdefgh"sv,
                                                   "abcdefgh\0"sv,
                                                   "abcdefgha",
                                                   "abcdefghb",
                                                   "abcdefghba",
                                                   "b",
                                                   "\x7f"sv,
                                                   "\x80"sv,
                                                   "\x80\x00"sv,
                                                   "\xff\xfe"sv,
                                                   "\xff\xff"sv,
                                                   "\xff\xff\xff\xff\xff\xff\xff\xff"sv};
    Machine machine;
    for (auto key = ordered.rbegin(); key != ordered.rend(); ++key)
        machine.apply(put(*key, "v"));
    EXPECT_EQ(keys_in(machine, to_the_end, to_the_end),
              std::vector<std::string>(ordered.begin(), ordered.end()));
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        EXPECT_EQ(machine.range({.key = ordered[i], .range_end = to_the_end, .count_only = true}).count,
                  ordered.size() - i);
        EXPECT_EQ(machine.range({.key = ordered[i], .count_only = true}).count, 1U);
    }
}

TEST(Machine, CountsTheBytesOfKeysAndValues) {
    Machine machine;
    machine.apply(put("key", std::string(100, 'v')));
    EXPECT_EQ(machine.bytes(), 103U);
    machine.apply(put("key", std::string(10, 'v')));
    EXPECT_EQ(machine.bytes(), 13U);
    machine.apply(put("key", std::string(1000, 'v')));
    EXPECT_EQ(machine.bytes(), 1003U);
    machine.apply(put("other", ""));
    EXPECT_EQ(machine.bytes(), 1008U);
    machine.apply(remove("key"));
    EXPECT_EQ(machine.bytes(), 5U);
    machine.apply(remove("a", "z"));
    EXPECT_EQ(machine.bytes(), 0U);
}

TEST(Machine, ValuesGrowAndShrinkInPlace) {
    Machine machine;
    for (const std::size_t size : {0, 1, 64, 63, 65, 4096, 100, 0, 1 << 20, 5}) {
        const std::string value(size, static_cast<char>('a' + size % 26));
        machine.apply(put("key", value));
        EXPECT_EQ(machine.range({"key", ""}).records.at(0).value, value);
    }
    EXPECT_EQ(machine.range({"key", ""}).records.at(0).version, 10U);
}

TEST(Machine, TimeNeverRunsBackwards) {
    Machine machine;
    machine.advance(ClusterTime{100});
    machine.advance(ClusterTime{50});
    EXPECT_EQ(machine.time(), ClusterTime{100});
}

TEST(Machine, MovesWithItsContent) {
    Machine machine = holding_keys({"a"});
    Machine moved = std::move(machine);
    EXPECT_THAT(keys_in(moved, "a", ""), ElementsAre("a"));
    moved = holding_keys({"b"});
    EXPECT_THAT(keys_in(moved, to_the_end, to_the_end), ElementsAre("b"));
}

// --- the state hash ----------------------------------------------------------------------------------------

TEST(StateHash, IsTheSameByAnyRoute) {
    Machine direct;
    direct.apply(put("a", "1"));
    direct.apply(put("b", "2"));

    Machine retried;
    retried.apply(by(1, 1, 1, put("a", "1")));
    retried.apply(by(1, 1, 1, put("a", "1")));
    retried.apply(remove("nothing"));
    retried.apply(by(2, 9, 3, put("b", "2")));
    EXPECT_EQ(everything(direct), everything(retried));
    EXPECT_EQ(direct.state_hash(), retried.state_hash());
}

TEST(StateHash, ForgetsWhatWasDeletedAndOverwritten) {
    Machine one;
    one.apply(put("x", "short"));
    one.apply(remove("x"));
    one.apply(put("a", "1"));

    Machine other;
    other.apply(put("y", std::string(5000, 'y')));
    other.apply(remove("a", "z"));
    other.apply(put("a", "1"));
    EXPECT_EQ(one.state_hash(), other.state_hash());
}

TEST(StateHash, DiffersAfterAnySingleChange) {
    const auto hash_after = [](std::initializer_list<Command> commands) {
        Machine machine;
        for (const Command& command : commands)
            machine.apply(command);
        return machine.state_hash();
    };
    const std::vector<std::uint64_t> hashes = {
        hash_after({}),
        hash_after({put("a", "1")}),
        hash_after({put("a", "2")}),
        hash_after({put("b", "1")}),
        hash_after({put("a1", "")}),
        hash_after({put("", "a1")}),
        hash_after({put("a", "1"), put("a", "1")}),              // one more version
        hash_after({put("x", ""), remove("x"), put("a", "1")}),  // another create revision
        hash_after({put("a", "1"), put("x", ""), remove("x")}),  // the same records, another revision
        hash_after({put("a", "1"), put("x", ""), put("a", "1"), remove("x")}),
        hash_after({put("a", "1"), put("a", "1"), put("x", ""), remove("x")}),
        hash_after({put("a", "1"), put("b", "2")}),
        hash_after({put("b", "2"), put("a", "1")}),
        hash_after({put("a", "2"), put("b", "1")}),
    };
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_NE(hashes[i], hashes[j]) << i << " and " << j;
    }
}

// Hashes are compared between nodes of different builds: the function is part of the protocol.
TEST(StateHash, StaysAsItIs) {
    Machine machine;
    machine.apply(put("key", "value"));
    machine.apply(put("key", std::string(300, 'v')));
    machine.apply(put("other", ""));
    EXPECT_EQ(machine.state_hash(), 8620557326930979879U);
}

}  // namespace
}  // namespace kvbus::machine
