#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

Command campaign(std::uint64_t lease, std::string_view name, std::string_view value = "") {
    return command(Campaign{name, value, LeaseId{lease}});
}

// With leases 1 and 0xabc, of ten and twenty seconds.
Machine with_two_leases() {
    Machine machine;
    machine.apply(command(LeaseGrant{LeaseId{1}, seconds{10}}));
    machine.apply(command(LeaseGrant{LeaseId{0xabc}, seconds{20}}));
    return machine;
}

std::string first(const Machine& machine, std::string_view name) {
    const auto record = machine.first_of_line(name);
    return record ? std::string(record->key) + " since " + std::to_string(record->create_revision.value)
                  : "nobody";
}

TEST(Campaign, TakesAPlaceWithAKeyThatBelongsToTheLease) {
    Machine machine = with_two_leases();
    EXPECT_EQ(told(machine.apply(campaign(0xabc, "lock", "me"))), "2: lock/abc since 2");
    EXPECT_EQ(told(machine.apply(campaign(1, "lock", "you"))), "3: lock/1 since 3");
    EXPECT_THAT(everything(machine), ElementsAre("lock/1=you 3/3/1", "lock/abc=me 2/2/1"));
    EXPECT_THAT(machine.lease(LeaseId{0xabc}, true)->keys, ElementsAre("lock/abc"));
    EXPECT_THAT(events_from(machine, 2), ElementsAre("2 put lock/abc=me", "3 put lock/1=you"));
}

TEST(Campaign, WhoHasAPlaceKeepsIt) {
    Machine machine = with_two_leases();
    machine.apply(campaign(1, "lock", "me"));
    machine.apply(put("lock/1", "said later"));
    EXPECT_EQ(told(machine.apply(campaign(1, "lock", "again"))), "3: lock/1 since 2");
    EXPECT_THAT(everything(machine), ElementsAre("lock/1=said later 2/3/2"));
    machine.apply(remove("lock/1"));
    EXPECT_EQ(told(machine.apply(campaign(1, "lock", "anew"))), "5: lock/1 since 5");
}

TEST(Campaign, NeedsALeaseThatIsThere) {
    Machine machine;
    const std::uint64_t hash = machine.state_hash();
    EXPECT_EQ(told(machine.apply(campaign(1, "lock"))), "1: lease_not_found");
    EXPECT_EQ(machine.state_hash(), hash);
    // Even where the key is left of an earlier owner's, without a lease.
    machine.apply(put("lock/1", ""));
    EXPECT_EQ(told(machine.apply(campaign(1, "lock"))), "2: lease_not_found");
}

TEST(Campaign, ARetryGetsTheSamePlace) {
    Machine machine = with_two_leases();
    const Command retried = by(7, 1, 1, campaign(1, "lock"));
    const Outcome outcome = machine.apply(retried);
    machine.apply(remove("lock/1"));
    EXPECT_EQ(machine.apply(retried), outcome);
    EXPECT_EQ(machine.key_count(), 0U);
}

TEST(Line, TheLowestCreateRevisionIsFirst) {
    Machine machine = with_two_leases();
    EXPECT_EQ(first(machine, "lock"), "nobody");
    machine.apply(campaign(0xabc, "lock"));
    machine.apply(campaign(1, "lock"));
    EXPECT_EQ(first(machine, "lock"), "lock/abc since 2");
    machine.apply(put("lock/abc", "changed"));
    EXPECT_EQ(first(machine, "lock"), "lock/abc since 2");
    machine.apply(remove("lock/abc"));
    EXPECT_EQ(first(machine, "lock"), "lock/1 since 3");
    machine.advance(seconds{10});
    EXPECT_EQ(first(machine, "lock"), "nobody");
}

TEST(Line, IsMadeOfTheKeysBehindTheNameAndASlash) {
    Machine machine;
    for (const std::string_view key : {"lock", "lock.", "lock0", "lockx/1", "loc"})
        machine.apply(put(key, ""));
    EXPECT_EQ(first(machine, "lock"), "nobody");
    machine.apply(put("lock/", ""));
    EXPECT_EQ(first(machine, "lock"), "lock/ since 7");
}

}  // namespace
}  // namespace kvbus::machine
