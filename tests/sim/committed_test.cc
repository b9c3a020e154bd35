#include "sim/committed.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>

#include "node/apply.h"
#include "scenario/violation.h"
#include "sim/entries.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;
using scenario::Violation;
using testing::entry_of;
using ::testing::HasSubstr;
using testing::put;
using testing::remove;
using ::testing::ThrowsMessage;

constexpr Instant start{};

machine::Command by(std::uint64_t client, std::uint64_t sequence, machine::Change change) {
    return {ClientId{client}, Sequence{sequence}, Sequence{1}, std::move(change)};
}
machine::Command grant(std::uint64_t lease, std::uint64_t sequence) {
    return by(9, sequence, machine::LeaseGrant{LeaseId{lease}, 2s});
}
// At that cluster time; put() and others come with the index as their time, in milliseconds.
raft::Entry entry_at(Index index, std::chrono::milliseconds time, const machine::Command& command) {
    wire::BatchBuilder builder;
    builder.add(command);
    return {{Term{1}, index}, raft::EntryType::commands, Blob::copy_of(builder.finish(time))};
}

TEST(Committed, KnowsTheRevisionAfterEachEntry) {
    Committed committed;
    EXPECT_EQ(committed.applied(), Index{});
    committed.apply({{Term{1}, Index{1}}, raft::EntryType::no_op, {}});
    committed.apply(entry_of(Index{2}, {put("a", "1"), put("b", "2")}));
    committed.apply(entry_of(Index{3}, {remove("nothing")}));
    committed.apply(entry_of(Index{4}, {remove("a", "z")}));
    EXPECT_EQ(committed.applied(), Index{4});
    const std::uint64_t revisions[] = {1, 1, 3, 3, 4};
    for (std::uint64_t index = 0; index <= 4; ++index)
        EXPECT_EQ(committed.revision_at(Index{index}), Revision{revisions[index]}) << index;
}

TEST(Committed, KnowsWhatEachNumberedCommandCameToTheFirstTime) {
    Committed committed;
    committed.apply(entry_of(Index{1}, {put("a", "1", 9, 1), remove("a", "z", 9, 2)}));
    committed.apply(entry_of(Index{2}, {remove("a", "z", 9, 2), remove("a", {}, 9, 3)}));
    EXPECT_EQ(committed.find(ClientId{9}, Sequence{2})->outcome,
              (machine::Outcome{Code::ok, Revision{3}, 1}));
    EXPECT_TRUE(committed.find(ClientId{9}, Sequence{2})->wrote);
    EXPECT_FALSE(committed.find(ClientId{9}, Sequence{3})->wrote) << "there was nothing to remove";
    EXPECT_EQ(committed.find(ClientId{9}, Sequence{4}), nullptr);
    EXPECT_EQ(committed.find(ClientId{8}, Sequence{1}), nullptr);
    EXPECT_EQ(committed.retries_met(), 1U);
    EXPECT_EQ(committed.commands().size(), 3U);
}

TEST(Committed, KnowsWhatWasRefusedForWhatTheMapWas) {
    Committed committed;
    committed.apply(entry_of(Index{1}, {by(9, 1, machine::LeaseRevoke{LeaseId{5}}), put("a", "1", 9, 3, 3)}));
    committed.apply(entry_of(Index{2}, {put("a", "too late", 9, 2, 1)}));
    EXPECT_EQ(committed.find(ClientId{9}, Sequence{1})->outcome.code, Code::lease_not_found);
    EXPECT_EQ(committed.find(ClientId{9}, Sequence{2}), nullptr)
        << "its client gave it up: it is never applied";
}

TEST(Committed, TellsCommandsWithoutANumberByTheirText) {
    Committed committed;
    committed.apply(entry_of(Index{1}, {put("a", "1"), put("b", "2", 77, 5)}));
    EXPECT_EQ(committed.text_of(committed.commands()[1]), text_of(machine::Put{"b", "2"}));
    EXPECT_NE(committed.text_of(committed.commands()[0]), text_of(machine::Put{"b", "2"}));
}

TEST(Committed, RefusesAnEntryThatIsNoBatch) {
    Committed committed;
    EXPECT_THROW(committed.apply({{Term{1}, Index{1}}, raft::EntryType::commands, Blob::copy_of("\xc1")}),
                 Violation);
}

TEST(Committed, SeesAWriteThatIsAppliedAgainWhenItsSessionIsForgotten) {
    machine::Limits limits;
    limits.session_idle_max = 1s;
    Committed committed(limits);
    committed.apply(entry_at(Index{1}, 1ms, put("a", "1", 9, 1)));
    EXPECT_THAT([&] { committed.apply(entry_at(Index{2}, 2s, put("a", "1", 9, 1))); },
                ThrowsMessage<Violation>(HasSubstr("write 1 of client 9 was applied twice")));
}

TEST(Committed, KnowsHowLongALeaseLivedAndWhoKeptItAliveLast) {
    Committed committed;
    committed.apply(entry_at(Index{1}, 1ms, grant(5, 1)), start + 10ms);
    committed.apply(entry_at(Index{2}, 500ms, by(9, 2, machine::LeaseKeepAlive{LeaseId{5}})), start + 600ms);
    committed.apply(entry_at(Index{3}, 2600ms, put("a", "1")), start + 3s);
    ASSERT_EQ(committed.expiries().size(), 1U);
    const auto& expiry = committed.expiries().front();
    EXPECT_EQ(expiry.at, start + 3s);
    EXPECT_EQ(expiry.ttl, 2s);
    EXPECT_EQ(expiry.sequence, Sequence{2});
    ASSERT_EQ(committed.lease_lives().size(), 1U);
    EXPECT_EQ(committed.lease_lives().front().from, start + 10ms);
    EXPECT_EQ(committed.lease_lives().front().ended, start + 3s);
}

TEST(Committed, ARevokedLeaseHasEndedAndNotExpired) {
    Committed committed;
    committed.apply(entry_of(Index{1}, {grant(5, 1), grant(6, 2)}), start + 10ms);
    committed.apply(entry_of(Index{2}, {by(9, 3, machine::LeaseRevoke{LeaseId{5}})}), start + 20ms);
    EXPECT_EQ(committed.lease_lives()[0].ended, start + 20ms);
    EXPECT_EQ(committed.lease_lives()[1].ended, never);
    EXPECT_TRUE(committed.expiries().empty());
}

TEST(Committed, KnowsWhichPutGaveAKeyItsTime) {
    const auto put_for = [](std::uint64_t sequence, std::chrono::milliseconds ttl) {
        return by(9, sequence, machine::Put{.key = "a", .value = "v", .ttl = ttl});
    };
    Committed committed;
    committed.apply(entry_at(Index{1}, 1ms, put_for(1, 300ms)));
    const auto in_a_transaction = by(9, 2,
                                     machine::Txn{{},
                                                  {{machine::Put{.key = "a", .value = "v", .ttl = 200ms}}},
                                                  {{machine::Put{.key = "a", .value = "v", .ttl = 100ms}}}});
    committed.apply(entry_at(Index{2}, 50ms, in_a_transaction));
    committed.apply(entry_at(Index{3}, 250ms, put("b", "1")), start + 1s);
    ASSERT_EQ(committed.expiries().size(), 1U);
    EXPECT_EQ(committed.expiries()[0].sequence, Sequence{2});
    EXPECT_EQ(committed.expiries()[0].ttl, 200ms) << "of the branch that was taken";
}

TEST(Committed, KnowsWhatWasCompactedWhen) {
    Committed committed;
    committed.apply(entry_of(Index{1}, {put("a", "1"), put("a", "2"), put("a", "3")}), start + 1ms);
    committed.apply(entry_of(Index{2}, {by(9, 1, machine::Compact{Revision{2}})}), start + 2ms);
    committed.compacted_by_itself(Revision{3}, start + 5ms);
    EXPECT_EQ(committed.compacted_by(start + 1ms), Revision{});
    EXPECT_EQ(committed.compacted_by(start + 4ms), Revision{2});
    EXPECT_EQ(committed.compacted_by(start + 5ms), Revision{3});
}

TEST(Committed, SeesAMachineThatHoldsAnythingElse) {
    const auto base = entry_of(Index{1}, {put("a", "1"), put("b", "2"), grant(5, 1)});
    const machine::Command deviations[] = {put("a", "x"), put("c", "1"),
                                           remove("b"),   put("a", "1"),
                                           grant(6, 2),   by(9, 2, machine::Compact{Revision{2}})};
    for (const machine::Command& deviation : deviations) {
        Committed committed;
        machine::Machine machine;
        committed.apply(base);
        ASSERT_TRUE(node::apply_entry(machine, base).ok());
        EXPECT_NO_THROW(committed.compare_all(machine));
        EXPECT_NO_THROW(committed.compare_changes(machine));
        (void)machine.apply(deviation);
        EXPECT_THROW(committed.compare_all(machine), Violation);
        EXPECT_THROW(committed.compare_changes(machine), Violation);
    }
}

TEST(Committed, SeesValuesKeysAndRevisionsThatDifferAtTheSameRevision) {
    const auto expected = entry_of(Index{1}, {put("a", "1"), put("b", "2")});
    for (const auto& other : {entry_of(Index{1}, {put("a", "1"), put("b", "3")}),
                              entry_of(Index{1}, {put("a", "1"), put("c", "2")}),
                              entry_of(Index{1}, {put("b", "2"), put("a", "1")}),
                              entry_of(Index{1}, {put("a", "1"), put("a", "2")})}) {
        Committed committed;
        machine::Machine machine;
        committed.apply(expected);
        ASSERT_TRUE(node::apply_entry(machine, other).ok());
        EXPECT_EQ(machine.revision(), committed.revision_at(Index{1}));
        EXPECT_THROW(committed.compare_all(machine), Violation);
        EXPECT_THROW(committed.compare_changes(machine), Violation);
    }
}

}  // namespace
}  // namespace kvbus::sim
