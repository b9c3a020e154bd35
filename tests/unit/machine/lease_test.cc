#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Command grant(std::uint64_t lease, milliseconds ttl) {
    return command(LeaseGrant{LeaseId{lease}, ttl});
}
Command revoke(std::uint64_t lease) {
    return command(LeaseRevoke{LeaseId{lease}});
}
Command keep_alive(std::uint64_t lease) {
    return command(LeaseKeepAlive{LeaseId{lease}});
}
Command put_with(std::uint64_t lease, std::string_view key, std::string_view value = "") {
    return command(Put{.key = key, .value = value, .lease = LeaseId{lease}});
}

std::vector<std::string> keys_of(const Machine& machine, std::uint64_t lease) {
    const auto status = machine.lease(LeaseId{lease}, true);
    if (!status) return {"no such lease"};
    return {status->keys.begin(), status->keys.end()};
}

// A machine with leases 1 and 2, of ten and twenty seconds.
Machine with_two_leases() {
    Machine machine;
    machine.apply(grant(1, seconds{10}));
    machine.apply(grant(2, seconds{20}));
    return machine;
}

TEST(Lease, IsGrantedWithoutARevision) {
    Machine machine;
    EXPECT_EQ(told(machine.apply(grant(5, seconds{10}))), "1: lease 5 for 10000 ms");
    EXPECT_EQ(machine.revision(), Revision{1});
    EXPECT_EQ(machine.lease_count(), 1U);
}

TEST(Lease, AShortTtlIsRaisedToTheMinimum) {
    Machine machine({.lease_ttl_min = seconds{3}});
    EXPECT_EQ(told(machine.apply(grant(1, milliseconds{2999}))), "1: lease 1 for 3000 ms");
    EXPECT_EQ(told(machine.apply(grant(2, milliseconds{-1}))), "1: lease 2 for 3000 ms");
    EXPECT_EQ(told(machine.apply(grant(3, milliseconds{3001}))), "1: lease 3 for 3001 ms");
}

TEST(Lease, OfTheLongestTtlNeverEnds) {
    Machine machine;
    machine.advance(seconds{5});
    machine.apply(grant(1, milliseconds::max()));
    machine.advance(ClusterTime::max() - seconds{1});
    EXPECT_EQ(machine.lease_count(), 1U);
}

TEST(Lease, AnIdIsGrantedOnceAtATime) {
    Machine machine;
    machine.apply(grant(1, seconds{10}));
    EXPECT_EQ(told(machine.apply(grant(1, seconds{99}))), "1: lease_exists");
    EXPECT_EQ(machine.lease(LeaseId{1}, false)->granted, seconds{10});
    machine.apply(revoke(1));
    EXPECT_EQ(told(machine.apply(grant(1, seconds{99}))), "1: lease 1 for 99000 ms");
}

TEST(Lease, ThatIsUnknownIsNotFound) {
    Machine machine;
    EXPECT_EQ(told(machine.apply(revoke(1))), "1: lease_not_found");
    EXPECT_EQ(told(machine.apply(keep_alive(1))), "1: lease_not_found");
    EXPECT_EQ(told(machine.apply(put_with(1, "a"))), "1: lease_not_found");
    EXPECT_FALSE(machine.lease(LeaseId{1}, true).has_value());
    EXPECT_THAT(everything(machine), IsEmpty());
}

TEST(Lease, TellsItsKeysInByteOrder) {
    Machine machine = with_two_leases();
    for (const std::string_view key : {"b", "\xff", "a", "ab", "a"})
        machine.apply(put_with(1, key));
    machine.apply(put_with(2, "c"));
    EXPECT_THAT(keys_of(machine, 1), ElementsAre("a", "ab", "b", "\xff"));
    EXPECT_THAT(keys_of(machine, 2), ElementsAre("c"));
    EXPECT_THAT(machine.lease(LeaseId{1}, false)->keys, IsEmpty());
}

TEST(Lease, TellsTheTimeThatIsLeft) {
    Machine machine = with_two_leases();
    machine.advance(seconds{4} + milliseconds{1});
    const auto status = machine.lease(LeaseId{1}, false);
    EXPECT_EQ(status->granted, seconds{10});
    EXPECT_EQ(status->left, milliseconds{5999});
}

TEST(Lease, AllAreListedInTheOrderOfTheirIds) {
    Machine machine;
    for (const std::uint64_t id : {std::uint64_t{9}, std::uint64_t{2}, ~std::uint64_t{0}, std::uint64_t{5}})
        machine.apply(grant(id, seconds{id % 7}));
    EXPECT_THAT(machine.leases(),
                ElementsAre(LeaseId{2}, LeaseId{5}, LeaseId{9}, LeaseId{~std::uint64_t{0}}));
}

TEST(Lease, StandsInTheRecordsOfItsKeys) {
    Machine machine = with_two_leases();
    machine.apply(put_with(2, "a"));
    EXPECT_EQ(machine.range({"a"}).records.at(0).lease, LeaseId{2});
}

TEST(Lease, RevokedTakesItsKeysWithItInOneRevision) {
    Machine machine = with_two_leases();
    machine.apply(put_with(1, "a"));
    machine.apply(put_with(2, "b"));
    machine.apply(put_with(1, "c"));
    EXPECT_EQ(machine.apply(revoke(1)).revision, Revision{5});
    EXPECT_THAT(everything(machine), ElementsAre("b= 3/3/1"));
    EXPECT_THAT(keys_of(machine, 1), ElementsAre("no such lease"));
    EXPECT_EQ(machine.lease_count(), 1U);
    EXPECT_THAT(events_from(machine, 5), ElementsAre("5 removed a", "5 removed c"));
}

TEST(Lease, RevokedWithoutKeysMakesNoRevision) {
    Machine machine = with_two_leases();
    EXPECT_EQ(machine.apply(revoke(1)).revision, Revision{1});
    EXPECT_EQ(machine.apply(put("a", "")), ok(2));
}

// --- which keys belong to it -------------------------------------------------------------------------------

struct Change {
    std::string_view title;
    Command command;
    bool stays = false;
};

class LeasedKey : public ::testing::TestWithParam<Change> {};

TEST_P(LeasedKey, BelongsToItsLeaseUntilItIsRemovedOrPutWithoutIt) {
    Machine machine = with_two_leases();
    machine.apply(put_with(1, "a", "1"));
    machine.apply(put_with(1, "other"));
    ASSERT_EQ(machine.apply(GetParam().command).code, Code::ok);
    if (GetParam().stays) {
        EXPECT_THAT(keys_of(machine, 1), ElementsAre("a", "other"));
        EXPECT_EQ(machine.range({"a"}).records.at(0).lease, LeaseId{1});
    } else {
        EXPECT_THAT(keys_of(machine, 1), ElementsAre("other"));
    }
    machine.apply(put("a", "of nobody"));
    machine.apply(revoke(1));
    EXPECT_EQ(machine.key_count(), 1U) << "its own keys went, and no other";
}

INSTANTIATE_TEST_SUITE_P(
    After, LeasedKey,
    ::testing::Values(
        Change{"put_without_lease", put("a", "2")}, Change{"put_with_the_same", put_with(1, "a", "2"), true},
        Change{"put_with_another", put_with(2, "a", "2")},
        Change{"put_with_ttl", command(Put{.key = "a", .ttl = seconds{5}})},
        Change{"put_that_ignores_lease", command(Put{.key = "a", .value = "2", .ignore_lease = true}), true},
        Change{"put_that_ignores_value", command(Put{.key = "a", .ignore_value = true})},
        Change{"append", command(Append{"a", "2"}), true}, Change{"increment", command(Increment{"a"}), true},
        Change{"removal", remove("a")}, Change{"removal_of_a_range", remove("a", "b")},
        Change{"removal_with_answer", command(Delete{.key = "a", .prev_kv = true})},
        Change{"transaction", command(txn({}, {{Put{"a", ""}}}))},
        Change{"transaction_of_removal", command(txn({}, {{Delete{"a"}}}))},
        Change{"revocation_of_another", revoke(2), true}),
    [](const auto& info) { return std::string(info.param.title); });

TEST(Lease, AKeyThatMovesGoesWithItsNewLease) {
    Machine machine = with_two_leases();
    machine.apply(put_with(1, "a"));
    machine.apply(put_with(2, "a"));
    machine.apply(revoke(1));
    EXPECT_EQ(machine.key_count(), 1U);
    machine.apply(revoke(2));
    EXPECT_EQ(machine.key_count(), 0U);
}

// --- time --------------------------------------------------------------------------------------------------

TEST(Lease, EndsAtItsDeadlineAndNoSooner) {
    Machine machine = with_two_leases();
    machine.apply(put_with(1, "a"));
    EXPECT_EQ(machine.next_expiry(), seconds{10});
    machine.advance(seconds{10} - ClusterTime{1});
    EXPECT_EQ(machine.key_count(), 1U);
    machine.advance(seconds{10});
    EXPECT_EQ(machine.key_count(), 0U);
    EXPECT_EQ(machine.revision(), Revision{3});
    EXPECT_THAT(machine.leases(), ElementsAre(LeaseId{2}));
    EXPECT_EQ(told(machine.apply(keep_alive(1))), "3: lease_not_found");
    EXPECT_EQ(machine.next_expiry(), seconds{20});
}

TEST(Lease, KeptAliveStartsItsTtlAnew) {
    Machine machine = with_two_leases();
    machine.advance(seconds{9});
    EXPECT_EQ(told(machine.apply(keep_alive(1))), "1: lease 1 for 10000 ms");
    EXPECT_EQ(machine.next_expiry(), seconds{19});
    machine.advance(seconds{19} - ClusterTime{1});
    EXPECT_EQ(machine.lease_count(), 2U);
    machine.advance(seconds{19});
    EXPECT_THAT(machine.leases(), ElementsAre(LeaseId{2}));
}

TEST(Lease, WritesDoNotKeepItAlive) {
    Machine machine = with_two_leases();
    machine.advance(seconds{9});
    machine.apply(put_with(1, "a"));
    machine.advance(seconds{10});
    EXPECT_EQ(machine.key_count(), 0U);
}

TEST(Lease, EachEndsInARevisionOfItsOwnByDeadlineAndThenById) {
    Machine machine;
    machine.apply(grant(3, seconds{5}));
    machine.apply(grant(2, seconds{9}));
    machine.apply(grant(1, seconds{9}));
    machine.apply(grant(4, seconds{9}));  // without keys: no revision
    for (const std::uint64_t lease : {1, 2, 3}) {
        machine.apply(put_with(lease, "y" + std::to_string(lease)));
        machine.apply(put_with(lease, "x" + std::to_string(lease)));
    }
    machine.advance(seconds{60});
    EXPECT_THAT(events_from(machine, 8), ElementsAre("8 removed x3", "8 removed y3", "9 removed x1",
                                                     "9 removed y1", "10 removed x2", "10 removed y2"));
    EXPECT_EQ(machine.revision(), Revision{10});
    EXPECT_EQ(machine.next_expiry(), ClusterTime::max());
}

void put_many(Machine& machine, std::uint64_t lease, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        machine.apply(put_with(lease, "lease " + std::to_string(lease) + " key " + std::to_string(i)));
}

TEST(Lease, OneThatIsTooLargeForWhatIsLeftWaitsAndSoDoesAllBehindIt) {
    constexpr std::uint64_t all = Machine::expiries_per_advance;
    Machine machine;
    for (const std::uint64_t lease : {1, 2, 3, 4})
        machine.apply(grant(lease, seconds{10 + lease}));
    put_many(machine, 1, all - 10);
    put_many(machine, 2, 10);
    put_many(machine, 3, all + 500);
    put_many(machine, 4, 1);
    machine.apply(command(Put{.key = "with a ttl", .ttl = seconds{1}}));

    machine.advance(seconds{60});
    EXPECT_THAT(machine.leases(), ElementsAre(LeaseId{3}, LeaseId{4})) << "as many as fit";
    EXPECT_EQ(machine.key_count(), all + 502);
    EXPECT_LT(machine.next_expiry(), machine.time());
    machine.advance(seconds{60});
    EXPECT_THAT(machine.leases(), ElementsAre(LeaseId{4})) << "the first goes whole, however large";
    EXPECT_EQ(machine.key_count(), 2U);
    machine.advance(seconds{60});
    EXPECT_EQ(machine.key_count(), 0U);
    EXPECT_EQ(machine.next_expiry(), ClusterTime::max());
}

TEST(Lease, ThatIsDueButWaitsCanStillBeKeptAlive) {
    Machine machine;
    machine.apply(grant(1, seconds{5}));
    machine.apply(grant(2, seconds{6}));
    put_many(machine, 1, 1);
    put_many(machine, 2, Machine::expiries_per_advance);
    machine.advance(seconds{6});
    EXPECT_EQ(machine.lease(LeaseId{2}, false)->left, milliseconds{0});
    EXPECT_EQ(machine.apply(keep_alive(2)).code, Code::ok);
    machine.advance(seconds{7});
    EXPECT_EQ(machine.lease_count(), 1U);
}

// --- the state hash ----------------------------------------------------------------------------------------

TEST(Lease, IsPartOfTheStateHash) {
    const auto hash_after = [](std::initializer_list<Command> commands) {
        Machine machine;
        machine.advance(seconds{1});
        for (const Command& command : commands)
            machine.apply(command);
        return machine.state_hash();
    };
    const std::uint64_t empty = hash_after({});
    const std::uint64_t one = hash_after({grant(1, seconds{10})});
    EXPECT_NE(one, empty);
    EXPECT_NE(one, hash_after({grant(2, seconds{10})}));
    EXPECT_NE(one, hash_after({grant(1, seconds{11})}));
    EXPECT_EQ(empty, hash_after({grant(1, seconds{10}), revoke(1)}));
    EXPECT_EQ(one, hash_after({grant(2, seconds{20}), grant(1, seconds{10}), keep_alive(1), revoke(2)}));
    EXPECT_NE(hash_after({grant(1, seconds{10}), put("a", "")}),
              hash_after({grant(1, seconds{10}), put_with(1, "a")}));
}

TEST(Lease, KeepingAliveChangesTheStateHashUntilItEnds) {
    Machine machine;
    const std::uint64_t empty = machine.state_hash();
    machine.apply(grant(1, seconds{10}));
    const std::uint64_t granted = machine.state_hash();
    machine.advance(seconds{3});
    EXPECT_EQ(machine.state_hash(), granted);
    machine.apply(keep_alive(1));
    EXPECT_NE(machine.state_hash(), granted);
    machine.advance(seconds{13});
    EXPECT_EQ(machine.state_hash(), empty);
}

}  // namespace
}  // namespace kvbus::machine
