#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

Command put_for(milliseconds ttl, std::string_view key, std::string_view value = "") {
    return command(Put{.key = key, .value = value, .ttl = ttl});
}

TEST(Deadline, AKeyGoesAtItsDeadlineAndNoSooner) {
    Machine machine;
    machine.advance(seconds{1});
    machine.apply(put_for(milliseconds{1500}, "a"));
    EXPECT_EQ(machine.next_expiry(), milliseconds{2500});
    machine.advance(milliseconds{2500} - ClusterTime{1});
    EXPECT_EQ(machine.key_count(), 1U);
    machine.advance(milliseconds{2500});
    EXPECT_EQ(machine.key_count(), 0U);
    EXPECT_EQ(machine.revision(), Revision{3});
    EXPECT_EQ(machine.next_expiry(), ClusterTime::max());
}

TEST(Deadline, NothingIsDueAtFirst) {
    Machine machine;
    machine.apply(put("a", ""));
    EXPECT_EQ(machine.next_expiry(), ClusterTime::max());
    machine.advance(seconds{1'000'000});
    EXPECT_EQ(machine.key_count(), 1U);
    EXPECT_EQ(machine.revision(), Revision{2});
}

TEST(Deadline, OfTheLongestTtlNeverComes) {
    Machine machine;
    machine.advance(seconds{5});
    machine.apply(put_for(milliseconds::max(), "a"));
    machine.advance(ClusterTime::max() - seconds{1});
    EXPECT_EQ(machine.key_count(), 1U);
}

struct Change {
    std::string_view title;
    Command command;
    ClusterTime deadline;  // afterwards
};

class KeyWithDeadline : public ::testing::TestWithParam<Change> {};

TEST_P(KeyWithDeadline, KeepsItUntilItIsRemovedOrPutAnew) {
    Machine machine;
    machine.apply(command(LeaseGrant{LeaseId{1}, seconds{100}}));
    machine.apply(put_for(seconds{10}, "a", "1"));
    machine.advance(seconds{2});
    ASSERT_EQ(machine.apply(GetParam().command).code, Code::ok);
    machine.apply(command(LeaseRevoke{LeaseId{1}}));
    EXPECT_EQ(machine.next_expiry(), GetParam().deadline);
}

constexpr ClusterTime never_ends = ClusterTime::max();

INSTANTIATE_TEST_SUITE_P(
    After, KeyWithDeadline,
    ::testing::Values(Change{"put", put("a", "2"), never_ends},
                      Change{"put_with_ttl", put_for(seconds{5}, "a"), seconds{7}},
                      Change{"put_with_lease", command(Put{.key = "a", .lease = LeaseId{1}}), never_ends},
                      Change{"put_that_ignores_lease",
                             command(Put{.key = "a", .value = "2", .ignore_lease = true}), seconds{10}},
                      Change{"put_that_ignores_value", command(Put{.key = "a", .ignore_value = true}),
                             never_ends},
                      Change{"put_with_ttl_that_ignores_value",
                             command(Put{.key = "a", .ttl = seconds{3}, .ignore_value = true}), seconds{5}},
                      Change{"append", command(Append{"a", "2"}), seconds{10}},
                      Change{"increment", command(Increment{"a"}), seconds{10}},
                      Change{"removal", remove("a"), never_ends},
                      Change{"removal_of_a_range", remove("a", to_the_end), never_ends},
                      Change{"removal_with_answer", command(Delete{.key = "a", .prev_kv = true}), never_ends},
                      Change{"transaction", command(txn({}, {{Put{"a", ""}}})), never_ends},
                      Change{"put_of_another", put("b", ""), seconds{10}}),
    [](const auto& info) { return std::string(info.param.title); });

TEST(Deadline, AKeyThatIsMadeAgainIsNotRemovedByTheOldOne) {
    Machine machine;
    machine.apply(put_for(seconds{10}, "a"));
    machine.apply(remove("a"));
    machine.apply(put("a", "new"));
    machine.advance(seconds{60});
    EXPECT_THAT(everything(machine), ElementsAre("a=new 4/4/1"));
}

TEST(Deadline, AllThatAreDueGoInOneRevisionByDeadlineAndThenByKey) {
    Machine machine;
    machine.apply(put_for(seconds{9}, "b"));
    machine.apply(put_for(seconds{9}, "a"));
    machine.apply(put_for(seconds{5}, "c"));
    machine.apply(put_for(seconds{99}, "later"));
    machine.advance(seconds{9});
    EXPECT_THAT(events_from(machine, 6), ElementsAre("6 removed c", "6 removed a", "6 removed b"));
    EXPECT_EQ(machine.revision(), Revision{6});
}

TEST(Deadline, LeasesEndBeforeKeysOfTheirOwn) {
    Machine machine;
    machine.apply(command(LeaseGrant{LeaseId{1}, seconds{20}}));
    machine.apply(command(Put{.key = "z", .lease = LeaseId{1}}));
    machine.apply(put_for(seconds{5}, "a"));
    machine.advance(seconds{20});
    EXPECT_THAT(events_from(machine, 4), ElementsAre("4 removed z", "5 removed a"));
}

TEST(Deadline, ManyGoInPortions) {
    constexpr std::uint64_t portion = Machine::expiries_per_advance;
    Machine machine;
    for (std::uint64_t i = 0; i < 2 * portion + 1; ++i)
        machine.apply(put_for(seconds{1}, "key " + std::to_string(i)));
    const std::uint64_t revision = machine.revision().value;
    for (const std::uint64_t left : {portion + 1, std::uint64_t{1}, std::uint64_t{0}}) {
        machine.advance(seconds{1});
        EXPECT_EQ(machine.key_count(), left);
    }
    EXPECT_EQ(machine.revision(), Revision{revision + 3});
    machine.advance(seconds{1});
    EXPECT_EQ(machine.revision(), Revision{revision + 3});
}

TEST(Deadline, KeysFillUpWhatLeasesLeave) {
    constexpr std::uint64_t portion = Machine::expiries_per_advance;
    Machine machine;
    machine.apply(command(LeaseGrant{LeaseId{1}, seconds{5}}));
    for (std::uint64_t i = 0; i < portion; ++i) {
        const std::string key = std::to_string(i);
        machine.apply(i < 10 ? command(Put{.key = key, .lease = LeaseId{1}}) : put_for(seconds{1}, key));
    }
    for (int i = 0; i < 5; ++i)
        machine.apply(put_for(seconds{2}, "rest " + std::to_string(i)));
    machine.advance(seconds{5});
    EXPECT_EQ(machine.key_count(), 5U);
}

TEST(Deadline, IsPartOfTheStateHash) {
    const auto hash_after = [](std::initializer_list<Command> commands) {
        Machine machine;
        for (const Command& command : commands)
            machine.apply(command);
        return machine.state_hash();
    };
    EXPECT_NE(hash_after({put_for(seconds{1}, "a")}), hash_after({put("a", "")}));
    EXPECT_NE(hash_after({put_for(seconds{1}, "a")}), hash_after({put_for(seconds{2}, "a")}));
    EXPECT_EQ(hash_after({put_for(seconds{1}, "a"), put("a", "")}), hash_after({put("a", ""), put("a", "")}));
    EXPECT_EQ(hash_after({put("a", ""), put_for(seconds{2}, "a")}),
              hash_after({put_for(seconds{1}, "a"), put_for(seconds{2}, "a")}));
}

}  // namespace
}  // namespace kvbus::machine
