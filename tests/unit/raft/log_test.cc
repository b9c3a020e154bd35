#include "raft/log.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "support.h"

namespace kvbus::raft {
namespace {

using test::at;
using test::entry;
using test::log_of;

using Terms = std::vector<std::uint64_t>;

// {2, 2, 3} after 1/4 (term 1, index 4) gives 2/5 2/6 3/7.
Log log_after(EntryId base, const Terms& terms) {
    std::vector<Entry> entries;
    for (const std::uint64_t term : terms) {
        entries.push_back(entry(term, base.index.value + entries.size() + 1));
    }
    return {base, std::move(entries)};
}

Terms terms_of(const Log& log) {
    Terms terms;
    for (Index index = log.base().index + 1; index <= log.last().index; index = index + 1) {
        terms.push_back(log.term_of(index)->value);
    }
    return terms;
}

Terms indexes_of(const std::vector<Entry>& entries) {
    Terms indexes;
    for (const Entry& entry : entries)
        indexes.push_back(entry.id.index.value);
    return indexes;
}

TEST(Log, StartsDurable) {
    const Log log(at(1, 2), {entry(1, 3), entry(2, 4)});
    EXPECT_EQ(log.last(), at(2, 4));
    EXPECT_EQ(log.durable(), Index{4});
    EXPECT_FALSE(log.has_unwritten());
}

TEST(Log, KnowsTheTermsOfItsWindowAndOfTheEntryBefore) {
    const Log log = log_after(at(3, 4), {3, 5});
    EXPECT_EQ(log.term_of(Index{3}), std::nullopt);
    EXPECT_EQ(log.term_of(Index{4}), Term{3});
    EXPECT_EQ(log.term_of(Index{6}), Term{5});
    EXPECT_EQ(log.term_of(Index{7}), std::nullopt);
    EXPECT_EQ(log_after({}, {}).term_of(Index{}), Term{});
}

TEST(Log, TheLaterTermIsMoreUpToDateThenTheLongerLog) {
    const Log log = log_after({}, {1, 2, 2});
    struct Case {
        EntryId other;
        bool not_ahead;
    };
    for (const Case& c : {Case{at(3, 1), true}, Case{at(2, 3), true}, Case{at(2, 4), true},
                          Case{at(2, 2), false}, Case{at(1, 9), false}, Case{{}, false}}) {
        EXPECT_EQ(log.is_not_ahead_of(c.other), c.not_ahead) << describe(c.other);
    }
}

TEST(Log, FindsWhereALogThatEndsWithAnEntryCanStillMatch) {
    struct Case {
        EntryId base;
        Terms terms;
        EntryId limit;
        EntryId found;
    };
    const Case cases[] = {
        {{}, {1, 1, 4, 4, 5}, at(4, 4), at(4, 4)},         // the very entry
        {{}, {1, 1, 4, 4, 5}, at(3, 4), at(1, 2)},         // a term that is missing here
        {{}, {1, 1, 4, 4, 5}, at(5, 9), at(5, 5)},         // beyond the end
        {{}, {1, 1, 4, 4, 5}, at(1, 4), at(1, 2)},         // back over a whole term
        {{}, {1, 1, 4, 4, 5}, at(9, 3), at(4, 3)},         // a later term limits by index alone
        {{}, {2, 2}, at(1, 2), {}},                        // nothing can match
        {{}, {}, at(1, 5), {}},                            // an empty log
        {at(3, 4), {3, 5}, at(4, 6), at(3, 5)},            // within the window
        {at(3, 4), {5, 5}, at(3, 6), at(3, 4)},            // at its base
        {at(3, 4), {5, 5}, at(2, 6), {Term{}, Index{3}}},  // below it: no term is known
        {at(3, 4), {5, 5}, at(9, 2), {Term{}, Index{2}}},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(log_after(c.base, c.terms).last_at_most(c.limit), c.found) << "limit " << describe(c.limit);
    }
}

TEST(Log, SlicesByBytesAndByCountAndHoldsAtLeastOneEntry) {
    Log log({}, {});
    for (std::uint64_t index = 1; index <= 5; ++index)
        log.append(entry(1, index, "0123456789"));
    struct Case {
        std::uint64_t first, bytes_max, count_max;
        Terms indexes;
    };
    for (const Case& c :
         {Case{1, 1000, 10, {1, 2, 3, 4, 5}}, Case{2, 30, 10, {2, 3, 4}}, Case{2, 29, 10, {2, 3}},
          Case{2, 5, 10, {2}}, Case{4, 1000, 1, {4}}, Case{5, 0, 10, {5}}}) {
        EXPECT_EQ(indexes_of(log.slice(Index{c.first}, c.bytes_max, c.count_max)), c.indexes);
    }
    EXPECT_EQ(log.bytes_between(Index{2}, Index{4}), 30u);
    EXPECT_EQ(log.bytes_between(Index{2}, Index{1}), 0u);
}

TEST(Log, TellsTheDiskEachEntryOnce) {
    Log log({}, {});
    log.append(entry(1, 1));
    log.append(entry(1, 2));
    EXPECT_EQ(indexes_of(log.begin_write(WriteId{1}).append), (Terms{1, 2}));
    log.append(entry(1, 3));
    EXPECT_EQ(indexes_of(log.begin_write(WriteId{2}).append), (Terms{3}));
    EXPECT_FALSE(log.has_unwritten());
}

TEST(Log, BecomesDurableWriteByWrite) {
    Log log({}, {});
    for (std::uint64_t index = 1; index <= 3; ++index) {
        log.append(entry(1, index));
        (void)log.begin_write(WriteId{index});
    }
    EXPECT_EQ(log.durable(), Index{});
    log.finish_writes(WriteId{1});
    EXPECT_EQ(log.durable(), Index{1});
    log.finish_writes(WriteId{3});  // all up to it
    EXPECT_EQ(log.durable(), Index{3});
    EXPECT_TRUE(log.in_flight().empty());
}

TEST(Log, ATruncationOfWhatTheDiskHasIsToldToIt) {
    Log log({}, log_of({1, 1, 1, 1}));
    log.truncate_from(Index{3});
    EXPECT_EQ(log.last(), at(1, 2));
    EXPECT_EQ(log.durable(), Index{2});
    log.append(entry(2, 3));
    const Log::Change change = log.begin_write(WriteId{1});
    EXPECT_EQ(change.truncate_from, Index{3});
    EXPECT_EQ(indexes_of(change.append), (Terms{3}));
}

TEST(Log, ATruncationOfWhatTheDiskWasNotToldIsNot) {
    Log log({}, log_of({1}));
    log.append(entry(1, 2));
    log.append(entry(1, 3));
    log.truncate_from(Index{2});
    log.append(entry(2, 2));
    const Log::Change change = log.begin_write(WriteId{1});
    EXPECT_EQ(change.truncate_from, std::nullopt);
    EXPECT_EQ(change.append, std::vector<Entry>{entry(2, 2)});
}

TEST(Log, SeveralTruncationsBeforeAWriteCountFromTheLowest) {
    Log log({}, log_of({1, 1, 1, 1, 1}));
    log.truncate_from(Index{4});
    log.append(entry(2, 4));
    log.append(entry(2, 5));
    log.truncate_from(Index{5});
    log.truncate_from(Index{3});
    log.append(entry(3, 3));
    const Log::Change change = log.begin_write(WriteId{1});
    EXPECT_EQ(change.truncate_from, Index{3});
    EXPECT_EQ(change.append, std::vector<Entry>{entry(3, 3)});
}

// The ABA race: the write of the first entry at an index is done while its replacement is still on the way.
TEST(Log, ATruncationClipsEveryWriteInFlight) {
    Log log({}, log_of({1}));
    log.append(entry(1, 2));
    (void)log.begin_write(WriteId{1});
    log.append(entry(1, 3));
    (void)log.begin_write(WriteId{2});
    log.truncate_from(Index{2});
    log.append(entry(2, 2));
    log.append(entry(2, 3));
    (void)log.begin_write(WriteId{3});

    log.finish_writes(WriteId{1});
    EXPECT_EQ(log.durable(), Index{1});
    log.finish_writes(WriteId{2});
    EXPECT_EQ(log.durable(), Index{1});
    log.finish_writes(WriteId{3});
    EXPECT_EQ(log.durable(), Index{3});
}

TEST(Log, AWriteThatWasClippedStillCountsForWhatIsLeftOfIt) {
    Log log({}, {});
    for (std::uint64_t index = 1; index <= 4; ++index)
        log.append(entry(1, index));
    (void)log.begin_write(WriteId{1});
    log.truncate_from(Index{3});
    log.append(entry(2, 3));
    log.finish_writes(WriteId{1});
    EXPECT_EQ(log.durable(), Index{2});
}

TEST(Log, AnInstallKeepsWhatFollowsOnDisk) {
    Log log = log_after(at(1, 4), {1, 2, 2});
    EXPECT_TRUE(log.install(at(2, 6), Index{5}));
    EXPECT_EQ(log.base(), at(2, 6));
    EXPECT_EQ(terms_of(log), Terms{2});
    EXPECT_EQ(log.durable(), Index{7});
    EXPECT_FALSE(log.has_unwritten());
}

TEST(Log, AnInstallOfWhatTheDiskWasNotToldReplacesItsLog) {
    Log log = log_after(at(1, 4), {1});
    log.append(entry(2, 6));
    log.append(entry(2, 7));
    EXPECT_FALSE(log.install(at(2, 6), Index{4}));
    EXPECT_EQ(terms_of(log), Terms{2}) << "memory keeps what follows";
    EXPECT_EQ(log.durable(), Index{4});
    EXPECT_EQ(indexes_of(log.begin_write(WriteId{1}).append), Terms{7});
    log.finish_writes(WriteId{1});
    EXPECT_EQ(log.durable(), Index{7});
}

TEST(Log, AnInstallOverAConflictClipsEveryWriteInFlight) {
    Log log = log_after(at(1, 4), {1});
    log.append(entry(1, 6));
    (void)log.begin_write(WriteId{1});
    log.append(entry(1, 7));
    (void)log.begin_write(WriteId{2});
    log.truncate_from(Index{7});
    EXPECT_FALSE(log.install(at(2, 6), Index{5}));
    EXPECT_EQ(log.last(), at(2, 6));
    EXPECT_EQ(log.begin_write(WriteId{3}).truncate_from, std::nullopt) << "the whole log goes";
    log.finish_writes(WriteId{2});
    EXPECT_EQ(log.durable(), Index{5});
    log.shrink(Index{6}, 0);
    log.finish_writes(WriteId{3});
    EXPECT_EQ(log.durable(), Index{6});
}

TEST(Log, ShrinksToItsBytesFromTheOldest) {
    Log log({}, {});
    for (std::uint64_t index = 1; index <= 5; ++index)
        log.append(entry(index, index, "0123456789"));
    (void)log.begin_write(WriteId{1});
    log.finish_writes(WriteId{1});
    log.shrink(Index{5}, 25);
    EXPECT_EQ(log.base(), at(3, 3));
    EXPECT_EQ(terms_of(log), (Terms{4, 5}));
    log.shrink(Index{5}, 0);
    EXPECT_EQ(log.last(), at(5, 5));
}

TEST(Log, KeepsWhatIsStillNeeded) {
    Log log({}, {});
    for (std::uint64_t index = 1; index <= 4; ++index) {
        log.append(entry(1, index));
        (void)log.begin_write(WriteId{index});
    }
    log.finish_writes(WriteId{3});
    log.shrink(Index{2}, 0);
    EXPECT_EQ(log.base().index, Index{2});
    log.shrink(Index{4}, 0);
    EXPECT_EQ(log.base().index, Index{3}) << "what is not durable stays";
}

// Random histories against the dumbest possible disk: a list that does what it is told, one write at a time.
TEST(Log, WhatItCallsDurableIsOnTheDisk) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        Log log({}, {});
        std::vector<Entry> disk;
        std::deque<std::pair<WriteId, Log::Change>> queue;
        std::uint64_t term = 1;
        std::uint64_t writes = 0;
        for (int step = 0; step < 200; ++step) {
            const std::uint64_t choice = random.below(10);
            if (choice < 5) {
                log.append(entry(term, log.last().index.value + 1, std::to_string(step)));
            } else if (choice < 6 && log.last().index > log.base().index) {
                ++term;
                log.truncate_from(Index{random.between(log.base().index.value + 1, log.last().index.value)});
            } else if (choice < 8 && log.has_unwritten()) {
                const WriteId id{++writes};
                queue.emplace_back(id, log.begin_write(id));
            } else if (!queue.empty()) {
                const auto [id, change] = queue.front();
                queue.pop_front();
                if (change.truncate_from) disk.resize(change.truncate_from->value - 1);
                for (const Entry& entry : change.append) {
                    ASSERT_EQ(entry.id.index.value, disk.size() + 1) << "seed " << seed;
                    disk.push_back(entry);
                }
                log.finish_writes(id);
            }
            ASSERT_LE(log.durable().value, disk.size()) << "seed " << seed;
            for (Index index{1}; index <= log.durable(); index = index + 1) {
                ASSERT_EQ(log.at(index), disk[index.value - 1]) << "seed " << seed;
            }
        }
    }
}

// The same with installs, which move the base of log and disk. Only what is not committed is ever replaced.
TEST(Log, WhatItCallsDurableIsOnTheDiskAlsoAfterInstalls) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        Log log({}, {});
        scenario::MemoryDisk disk;
        std::optional<Write::Install> install;
        Index committed;
        std::uint64_t term = 1;
        std::uint64_t writes = 0;
        for (int step = 0; step < 200; ++step) {
            const Index last = log.last().index;
            const std::uint64_t choice = random.below(24);
            if (choice < 10) {
                log.append(entry(term, last.value + 1));
            } else if (choice < 12 && last > committed) {
                ++term;
                log.truncate_from(Index{random.between(committed.value + 1, last.value)});
            } else if (choice < 13) {
                const Index covered{random.between(committed.value + 1, last.value + 3)};
                const std::optional<Term> held = log.term_of(covered);
                const EntryId id{held && random.chance(0.5) ? *held : Term{++term}, covered};
                install = {test::snapshot_of(test::two, id), log.install(id, committed)};
                committed = covered;
            } else if (choice < 18 && (install || log.has_unwritten())) {
                Write write{.id = WriteId{++writes}, .hard_state = HardState{Term{term}, {}, committed}};
                write.install = std::exchange(install, std::nullopt);
                Log::Change change = log.begin_write(write.id);
                write.truncate_from = change.truncate_from;
                write.append = std::move(change.append);
                disk.submit(std::move(write));
            } else if (!disk.in_flight().empty()) {
                log.finish_writes(disk.complete_one().id);
            }
            ASSERT_LE(log.durable(), disk.durable().last());
            for (Index index = log.base().index; index <= log.durable(); index = index + 1)
                ASSERT_EQ(log.term_of(index), disk.durable().id_at(index).term);
        }
    }
}

TEST(LogDeathTest, RefusesWhatOnlyABugCanAskFor) {
    Log log = log_after(at(2, 3), {2});
    EXPECT_DEATH(log.append(entry(2, 6)), "index");
    EXPECT_DEATH(log.append(entry(1, 5)), "term");
    EXPECT_DEATH(log.truncate_from(Index{3}), "base_");
    EXPECT_DEATH((void)log.at(Index{3}), "base_");
}

}  // namespace
}  // namespace kvbus::raft
