// The state machine against its reference.
#include "oracle/comparison.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "oracle/difference.h"
#include "oracle/random_commands.h"
#include "oracle/reference_machine.h"

namespace kvbus::oracle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Bounds that are met where the reference knows them, and nowhere else.
constexpr machine::Limits limits{
    .session_idle_max = seconds{60},
    .value_bytes_max = RandomCommands::value_bytes_max,
    .history = {.bytes_max = std::uint64_t{1} << 40},
};

class ComparisonOfSeeds : public ::testing::TestWithParam<std::uint64_t> {};

// Eight times 15,000 steps, each with a command, a query and often a pause.
TEST_P(ComparisonOfSeeds, AgreesAtEveryStep) {
    const ComparisonResult result = compare({.seed = GetParam(), .steps = 15'000, .limits = limits});
    EXPECT_FALSE(result.difference) << result.difference.value_or("");
    if (result.difference) return;
    for (const char* rare : {"put",
                             "delete",
                             "append",
                             "increment",
                             "txn",
                             "lease grant",
                             "lease revoke",
                             "lease keep-alive",
                             "compact",
                             "campaign",
                             "stale_request",
                             "key_not_found",
                             "lease_not_found",
                             "lease_exists",
                             "wrong_type",
                             "overflow",
                             "compacted",
                             "future_revision",
                             "range ok",
                             "range compacted",
                             "range future_revision",
                             "session forgotten",
                             "lease ended",
                             "keys expired",
                             "flawed transaction"}) {
        EXPECT_TRUE(result.seen.contains(rare)) << "never met: " << rare;
    }
}
INSTANTIATE_TEST_SUITE_P(All, ComparisonOfSeeds, ::testing::Range<std::uint64_t>(1, 9));

TEST(Comparison, AgreesForManyShortLives) {
    for (std::uint64_t seed = 1000; seed < 1200; ++seed) {
        const ComparisonResult result = compare({.seed = seed, .steps = 100, .limits = limits});
        ASSERT_FALSE(result.difference) << result.difference.value_or("");
    }
}

TEST(Comparison, AgreesWhenHistoryIsBounded) {
    for (const std::uint64_t bound : {1, 10, 50}) {
        machine::Limits bounded = limits;
        bounded.history.revisions_max = bound;
        const ComparisonResult result =
            compare({.seed = bound, .steps = 3000, .limits = bounded, .follow_compactions = true});
        EXPECT_FALSE(result.difference) << result.difference.value_or("");
        EXPECT_TRUE(result.difference || result.seen.contains("compacted by itself"));
    }
}

TEST(Comparison, AgreesWhenHistoryIsBoundedByMemoryAndAge) {
    machine::Limits bounded = limits;
    bounded.history.bytes_max = 4000;
    bounded.history.age_max = seconds{60};
    const ComparisonResult result =
        compare({.seed = 5, .steps = 5000, .limits = bounded, .follow_compactions = true});
    EXPECT_FALSE(result.difference) << result.difference.value_or("");
    EXPECT_TRUE(result.difference || result.seen.contains("compacted by itself"));
}

TEST(Comparison, FindsAnyAlteredAnswer) {
    for (const Fault fault :
         {Fault::outcome, Fault::answer, Fault::range, Fault::event, Fault::lease, Fault::next_expiry}) {
        const ComparisonResult result = compare({.seed = 3, .steps = 1000, .limits = limits, .fault = fault});
        EXPECT_TRUE(result.difference) << "fault " << static_cast<int>(fault) << " was not found";
    }
}

machine::Command put(std::string_view key) {
    return {.operation = machine::Put{.key = key, .value = "v"}};
}
machine::Command remove(std::string_view key) {
    return {.operation = machine::Delete{.key = key}};
}

TEST(StateHash, DependsOnWhatIsThereAndNotOnTheWay) {
    machine::Machine one(limits);
    machine::Machine other(limits);
    one.apply(put("a"));
    one.apply(remove("a"));
    one.apply(put("c"));
    machine::Command numbered = put("b");
    numbered.client = ClientId{1};
    numbered.sequence = numbered.first_unanswered = Sequence{1};
    other.apply(numbered);
    other.apply(remove("b"));
    EXPECT_NE(one.state_hash(), other.state_hash());
    other.apply(put("c"));
    EXPECT_EQ(one.state_hash(), other.state_hash());
    one.apply({.operation = machine::Compact{Revision{4}}});
    EXPECT_EQ(one.state_hash(), other.state_hash());
}

// Both machines, with far more keys than can expire at once.
class ManyKeys : public ::testing::Test {
  protected:
    void apply(const machine::Command& command) {
        ASSERT_EQ(real_.apply(command), reference_.apply(command));
    }
    void grant(std::uint64_t lease, milliseconds ttl) {
        apply({.operation = machine::LeaseGrant{LeaseId{lease}, ttl}});
    }
    void put(std::uint64_t first, std::uint64_t count, LeaseId lease, milliseconds ttl) {
        for (std::uint64_t i = first; i < first + count; ++i) {
            const std::string key = "key " + std::to_string(i);
            apply({.operation = machine::Put{.key = key, .value = "v", .lease = lease, .ttl = ttl}});
        }
    }
    // Advances until nothing that is due by `time` is left; returns how many calls that took.
    int advance_until_done(machine::ClusterTime time) {
        int calls = 0;
        do {
            real_.advance(time);
            reference_.advance(time);
            calls += 1;
            if (const auto difference = difference_in_all(real_, reference_)) {
                ADD_FAILURE() << "call " << calls << ": " << *difference;
                break;
            }
        } while (reference_.next_expiry() <= time && calls < 100);
        return calls;
    }

    machine::Machine real_;
    ReferenceMachine reference_;
};

TEST_F(ManyKeys, ExpireInPartsOfAThousand) {
    put(0, 2500, {}, seconds{5});
    EXPECT_EQ(advance_until_done(seconds{5}), 3);
    EXPECT_EQ(reference_.key_count(), 0U);
}

TEST_F(ManyKeys, ALeaseEndsWhole) {
    grant(1, seconds{5});
    grant(2, seconds{5});
    grant(3, seconds{5});
    put(0, 1500, LeaseId{1}, {});
    put(2000, 600, LeaseId{2}, {});
    put(3000, 600, LeaseId{3}, {});
    put(4000, 10, {}, seconds{5});
    EXPECT_EQ(advance_until_done(seconds{5}), 3);  // lease 1; lease 2; lease 3 and the keys of their own
    EXPECT_EQ(reference_.key_count(), 0U);
}

TEST_F(ManyKeys, ExactlyAThousandFitAtOnce) {
    grant(1, seconds{5});
    grant(2, seconds{6});
    put(0, 400, LeaseId{1}, {});
    put(1000, 600, LeaseId{2}, {});
    put(4000, 1, {}, seconds{5});
    EXPECT_EQ(advance_until_done(seconds{6}), 2);
}

TEST_F(ManyKeys, RandomMixesExpireAlike) {
    Random random(11);
    machine::ClusterTime time{};
    std::uint64_t next_lease = 1;
    for (int round = 0; round < 12; ++round) {
        for (std::uint64_t leases = random.between(1, 6); leases > 0; --leases) {
            const LeaseId lease{next_lease++};
            grant(lease.value, seconds{random.between(2, 4)});
            put(random.below(3000), random.below(random.chance(0.3) ? 1500 : 400), lease, {});
        }
        for (std::uint64_t times = random.between(0, 3); times > 0; --times)
            put(random.below(3000), random.below(900), {}, milliseconds{random.between(1, 4000)});
        time += seconds{random.between(1, 5)};
        advance_until_done(time);
    }
}

}  // namespace
}  // namespace kvbus::oracle
