// What single operations do, and when they are refused. All are held to the same rules within a transaction.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string run(Machine& machine, auto operation) {
    return told(machine.apply(command(operation)));
}

// --- put and delete ----------------------------------------------------------------------------------------

TEST(Put, AnswersTheRecordBeforeItWhenAsked) {
    Machine machine;
    EXPECT_EQ(run(machine, Put{.key = "a", .value = "1", .prev_kv = true}), "2: put");
    const Outcome outcome = machine.apply(command(Put{.key = "a", .value = "2", .prev_kv = true}));
    EXPECT_EQ(std::get<PutAnswer>(outcome.answer->body).previous,
              std::vector{(KeyValue{"a", "1", Revision{2}, Revision{2}, 1, {}})});
}

TEST(Put, HasNoAnswerUnlessAsked) {
    Machine machine;
    EXPECT_EQ(machine.apply(put("a", "1")).answer, nullptr);
    EXPECT_EQ(machine.apply(remove("a")).answer, nullptr);
}

TEST(Put, CanKeepTheValue) {
    Machine machine;
    EXPECT_EQ(run(machine, Put{.key = "a", .ignore_value = true}), "1: key_not_found");
    const std::string long_value(5000, 'v');
    machine.apply(put("a", long_value));
    EXPECT_EQ(run(machine, Put{.key = "a", .ignore_value = true}), "3: ok");
    EXPECT_THAT(everything(machine), ElementsAre("a=" + long_value + " 2/3/2"));
}

TEST(Put, ThatKeepsTheValueStillAnswersTheRecordBefore) {
    Machine machine;
    machine.apply(put("a", "1"));
    EXPECT_EQ(run(machine, Put{.key = "a", .prev_kv = true, .ignore_value = true}), "3: put over [a=1]");
}

TEST(Put, CanKeepTheLeaseOfAKeyThatHasNone) {
    Machine machine;
    EXPECT_EQ(run(machine, Put{.key = "a", .ignore_lease = true}), "1: key_not_found");
    machine.apply(put("a", "1"));
    EXPECT_EQ(run(machine, Put{.key = "a", .value = "2", .ignore_lease = true}), "3: ok");
    EXPECT_THAT(everything(machine), ElementsAre("a=2 2/3/2"));
}

TEST(Put, AnUnknownLeaseIsFoundMissingBeforeTheKey) {
    Machine machine;
    EXPECT_EQ(run(machine, Put{.key = "a", .lease = LeaseId{1}, .ignore_value = true}), "1: lease_not_found");
}

TEST(Delete, AnswersTheRecordsBeforeItInByteOrder) {
    Machine machine;
    for (const std::string_view key : {"b", "a", "c"})
        machine.apply(put(key, "1"));
    const Delete two{.key = "a", .range_end = "c", .prev_kv = true};
    const Outcome outcome = machine.apply(command(two));
    EXPECT_EQ(told(outcome), "5: deleted 2 [a=1 b=1]");
    EXPECT_EQ(outcome.deleted, 2U);
    EXPECT_EQ(run(machine, two), "5: deleted 0");
}

// --- append ------------------------------------------------------------------------------------------------

TEST(Append, AddsToTheValueOrMakesTheKey) {
    Machine machine;
    EXPECT_EQ(run(machine, Append{"a", "one"}), "2: 3 bytes");
    EXPECT_EQ(run(machine, Append{"a", " two"}), "3: 7 bytes");
    EXPECT_EQ(run(machine, Append{"a", ""}), "4: 7 bytes") << "nothing added is a write, too";
    EXPECT_THAT(everything(machine), ElementsAre("a=one two 2/4/3"));
}

TEST(Append, UpToTheLargestValue) {
    Machine machine({.value_bytes_max = 4});
    EXPECT_EQ(run(machine, Append{"a", "12345"}), "1: overflow");
    EXPECT_EQ(run(machine, Append{"a", "123"}), "2: 3 bytes");
    EXPECT_EQ(run(machine, Append{"a", "45"}), "2: overflow");
    EXPECT_EQ(run(machine, Append{"a", "4"}), "3: 4 bytes");
    EXPECT_THAT(everything(machine), ElementsAre("a=1234 2/3/2"));
}

// --- increment ---------------------------------------------------------------------------------------------

TEST(Increment, CountsFromZero) {
    Machine machine;
    EXPECT_EQ(run(machine, Increment{"a"}), "2: now 1");
    EXPECT_EQ(run(machine, Increment{"a", 41}), "3: now 42");
    EXPECT_EQ(run(machine, Increment{"a", -100}), "4: now -58");
    EXPECT_EQ(run(machine, Increment{"a", 0}), "5: now -58");
    EXPECT_THAT(everything(machine), ElementsAre("a=-58 2/5/4"));
}

TEST(Increment, OfWhatNoNumberLooksLikeIsRefused) {
    Machine machine;
    std::uint64_t revision = 1;
    for (const std::string_view value :
         {"", " 1", "1 ", "+1", "01", "-0", "00", "-", "1.0", "1e3", "0x1", "--1", "9223372036854775808",
          "-9223372036854775809", "99999999999999999999999999"}) {
        machine.apply(put("a", value));
        EXPECT_EQ(run(machine, Increment{"a"}), std::to_string(++revision) + ": wrong_type") << value;
    }
    machine.apply(put("a", std::string_view{"1\0", 2}));
    EXPECT_EQ(machine.apply(command(Increment{"a"})).code, Code::wrong_type);
}

TEST(Increment, StaysWithin64Bits) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    Machine machine;
    EXPECT_EQ(run(machine, Increment{"a", most}), "2: now 9223372036854775807");
    EXPECT_EQ(run(machine, Increment{"a", 1}), "2: overflow");
    EXPECT_EQ(run(machine, Increment{"a", least}), "3: now -1");
    EXPECT_EQ(run(machine, Increment{"a", least}), "3: overflow");
    EXPECT_EQ(run(machine, Increment{"a", least + 1}), "4: now -9223372036854775808");
    EXPECT_EQ(run(machine, Increment{"a", -1}), "4: overflow");
    EXPECT_EQ(run(machine, Increment{"a", 0}), "5: now -9223372036854775808");
}

// --- compaction --------------------------------------------------------------------------------------------

Machine at_revision_five(Limits limits = {}) {
    Machine machine(limits);
    for (const std::string_view value : {"2", "3", "4", "5"})
        machine.apply(put("a", value));
    return machine;
}

std::string value_at(const Machine& machine, std::uint64_t revision) {
    const RangeResult result = machine.range({.key = "a", .revision = Revision{revision}});
    return result.code == Code::ok ? std::string(result.records.at(0).value)
                                   : std::string(name_of(result.code));
}

TEST(Compact, LeavesTheRevisionItselfReadable) {
    Machine machine = at_revision_five();
    EXPECT_EQ(machine.compacted(), Revision{});
    EXPECT_EQ(machine.apply(command(Compact{Revision{4}})), ok(5));
    EXPECT_EQ(machine.compacted(), Revision{4});
    EXPECT_EQ(value_at(machine, 3), "compacted");
    EXPECT_EQ(value_at(machine, 4), "4");
    EXPECT_EQ(value_at(machine, 5), "5");
    EXPECT_EQ(value_at(machine, 6), "future_revision");
    EXPECT_THAT(events_from(machine, 0), ElementsAre("5 put a=5"));
}

TEST(Compact, OfWhatIsCompactedOrNotThereYetIsRefused) {
    Machine machine = at_revision_five();
    EXPECT_EQ(run(machine, Compact{Revision{}}), "5: compacted");
    EXPECT_EQ(run(machine, Compact{Revision{6}}), "5: future_revision");
    EXPECT_EQ(run(machine, Compact{Revision{4}}), "5: ok");
    EXPECT_EQ(run(machine, Compact{Revision{4}}), "5: compacted");
    EXPECT_EQ(run(machine, Compact{Revision{3}}), "5: compacted");
    EXPECT_EQ(run(machine, Compact{Revision{5}}), "5: ok");
    EXPECT_EQ(machine.compacted(), Revision{5});
}

TEST(Compact, ChangesNeitherRevisionNorHash) {
    Machine machine = at_revision_five();
    const std::uint64_t hash = machine.state_hash();
    machine.apply(command(Compact{Revision{5}}));
    EXPECT_EQ(machine.state_hash(), hash);
    EXPECT_EQ(machine.apply(put("a", "6")), ok(6));
}

TEST(Compact, GivesMemoryBackLittleByLittle) {
    Machine machine;
    for (int i = 0; i < 1000; ++i)
        machine.apply(put("a", std::string(100, 'v')));
    const std::uint64_t before = machine.history_bytes();
    EXPECT_GT(before, 50'000U);
    machine.apply(command(Compact{machine.revision()}));
    EXPECT_GT(machine.history_bytes(), before / 2);
    for (int i = 0; i < 500; ++i)
        machine.apply(remove("x"));
    EXPECT_LT(machine.history_bytes(), before / 100);
}

TEST(Compact, AdvancingGivesMemoryBackToo) {
    Machine machine;
    for (int i = 0; i < 1000; ++i)
        machine.apply(put("a", std::string(100, 'v')));
    const std::uint64_t before = machine.history_bytes();
    machine.apply(command(Compact{machine.revision()}));
    for (int i = 0; i < 5; ++i)
        machine.advance({});
    EXPECT_LT(machine.history_bytes(), before / 100);
}

// --- the bounds of history ---------------------------------------------------------------------------------

TEST(HistoryBounds, KeepSoManyRevisionsReadable) {
    Machine machine = at_revision_five({.history = {.revisions_max = 2}});
    EXPECT_EQ(machine.compacted(), Revision{3});
    EXPECT_EQ(value_at(machine, 3), "3");
    EXPECT_EQ(value_at(machine, 2), "compacted");
}

TEST(HistoryBounds, AreOffByDefaultButForBytes) {
    Machine machine = at_revision_five();
    machine.advance(std::chrono::hours{10'000});
    EXPECT_EQ(machine.compacted(), Revision{});
}

TEST(HistoryBounds, OfBytesHoldWhateverIsWritten) {
    constexpr std::uint64_t bytes_max = 20'000;
    Machine machine({.history = {.bytes_max = bytes_max}});
    std::uint64_t compacted = 0;
    for (int i = 0; i < 5000; ++i) {
        machine.apply(
            put("key " + std::to_string(i % 50), std::string(static_cast<std::size_t>(i % 300), 'v')));
        if (i % 100 == 0) machine.apply(remove("key 1", "key 3"));
        ASSERT_LT(machine.history_bytes(), bytes_max + 15'000) << i;
        ASSERT_GE(machine.compacted().value, compacted);
        compacted = machine.compacted().value;
    }
    EXPECT_LT(compacted, machine.revision().value - 10) << "and not everything goes";
    EXPECT_GT(machine.history_bytes(), bytes_max / 2);
}

TEST(HistoryBounds, OfBytesHoldAfterALargeRemoval) {
    Machine machine({.history = {.bytes_max = 50'000}});
    for (int i = 0; i < 2000; ++i)
        machine.apply(put(std::to_string(i), std::string(100, 'v')));
    machine.apply(remove(to_the_end, to_the_end));
    for (int i = 0; i < 1000; ++i)
        machine.apply(remove("x"));
    EXPECT_LE(machine.history_bytes(), 50'000U);
}

TEST(HistoryBounds, OfAgeKeepReadableWhatWasCurrentWithinIt) {
    using std::chrono::seconds;
    Machine machine({.history = {.age_max = seconds{100}}});
    machine.advance(seconds{1000});
    machine.apply(put("a", "2"));
    machine.advance(seconds{1050});
    machine.apply(put("a", "3"));
    machine.advance(seconds{1120});
    EXPECT_EQ(value_at(machine, 2), "2") << "it was current until 1050";
    machine.advance(seconds{1150});
    EXPECT_EQ(value_at(machine, 2), "compacted");
    EXPECT_EQ(value_at(machine, 3), "3");
    machine.advance(seconds{9000});
    EXPECT_EQ(value_at(machine, 3), "3") << "what is current always is";
    EXPECT_EQ(machine.compacted(), Revision{3});
}

TEST(HistoryBounds, OfAgeAreKeptToAThousandth) {
    using std::chrono::milliseconds;
    Machine machine({.history = {.age_max = std::chrono::seconds{10}}});
    for (int i = 1; i <= 60'000; ++i) {
        machine.advance(milliseconds{i});
        machine.apply(put("a", "v"));  // revision i + 1 at i ms
        const std::int64_t behind = i + 1 - static_cast<std::int64_t>(machine.compacted().value);
        if (i <= 10'100) continue;
        ASSERT_GE(behind, 10'000) << i;
        ASSERT_LE(behind, 10'011) << i;
    }
}

}  // namespace
}  // namespace kvbus::machine
