// What was written is there after a reopen, in every way the core writes.

#include "storage/log_store.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/support.h"

namespace kvbus::storage {
namespace {

using testing::HasSubstr;

class LogStoreTest : public testing::Test {
  protected:
    LogStoreTest() { open(); }

    void open() {
        store_.reset();
        auto opened = open_store(dir_.data());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(opened->store);
    }
    void write(const std::vector<raft::Write>& writes) {
        const auto written = store_->write(writes);
        ASSERT_TRUE(written.ok()) << written.error().message;
    }
    Content reopen() {
        store_.reset();
        auto content = read_back(dir_.data());
        EXPECT_TRUE(content.ok()) << content.error().message;
        open();
        return content.ok() ? std::move(*content) : Content{};
    }
    std::vector<raft::EntryId> ids(const std::vector<raft::Entry>& entries) {
        std::vector<raft::EntryId> ids;
        for (const raft::Entry& entry : entries)
            ids.push_back(entry.id);
        return ids;
    }
    std::vector<raft::Entry> fetch(std::uint64_t first, std::uint64_t last,
                                   std::uint64_t bytes_max = 1 << 20) {
        auto entries = store_->read({NodeId{2}, Index{first}, Index{last}, bytes_max});
        EXPECT_TRUE(entries.ok()) << entries.error().message;
        return entries.ok() ? *entries : std::vector<raft::Entry>{};
    }

    TempDir dir_;
    std::unique_ptr<LogStore> store_;
};

raft::Write truncate(std::uint64_t from) {
    raft::Write write;
    write.truncate_from = Index{from};
    return write;
}

raft::Write rewrite(std::uint64_t from, std::uint64_t last, std::uint64_t term) {
    raft::Write write = append(from, last, term);
    write.truncate_from = Index{from};
    return write;
}

TEST_F(LogStoreTest, ANewStoreIsEmptyAndFresh) {
    const Recovered recovered = reopen().recovered;
    EXPECT_TRUE(recovered.fresh);
    EXPECT_EQ(recovered.hard_state, raft::HardState{});
    EXPECT_EQ(recovered.log_start, raft::EntryId{});
    EXPECT_FALSE(recovered.snapshot);
    EXPECT_EQ(recovered.last, Index{0});
    EXPECT_EQ(recovered.base, raft::EntryId{});
    EXPECT_TRUE(recovered.tail.empty());
}

TEST_F(LogStoreTest, EntriesAndHardStateComeBack) {
    raft::Write write = append(1, 5, 2);
    write.hard_state = hard_state(2, 3, 4);
    write.append[0].type = raft::EntryType::no_op;
    write.append[0].data = {};
    this->write({write});

    const Content content = reopen();
    EXPECT_EQ(content.entries, write.append);
    EXPECT_EQ(content.recovered.hard_state, hard_state(2, 3, 4));
    EXPECT_EQ(content.recovered.base, (raft::EntryId{Term{2}, Index{4}}));
    EXPECT_EQ(ids(content.recovered.tail), (std::vector{raft::EntryId{Term{2}, Index{5}}}));
    EXPECT_EQ(content.recovered.log_start, raft::EntryId{});
    EXPECT_EQ(content.recovered.last, Index{5});
    EXPECT_FALSE(content.recovered.fresh);
}

TEST_F(LogStoreTest, AVoteAloneComesBack) {
    raft::Write vote;
    vote.hard_state = hard_state(7, 3, 0);
    write({vote});
    const Recovered recovered = reopen().recovered;
    EXPECT_EQ(recovered.hard_state, hard_state(7, 3, 0));
    EXPECT_FALSE(recovered.fresh);
}

TEST_F(LogStoreTest, TheLogGrowsOverManyReopens) {
    for (std::uint64_t i = 0; i < 10; ++i) {
        write({append(3 * i + 1, 3 * i + 3, i + 1, 3 * i)});
        const Content content = reopen();
        ASSERT_EQ(content.entries.size(), 3 * i + 3);
        for (const raft::Entry& each : content.entries) {
            EXPECT_EQ(each, entry(each.id.index.value, each.id.term.value));
        }
    }
}

TEST_F(LogStoreTest, ATruncationDropsTheRestForGood) {
    write({append(1, 10, 1)});
    write({truncate(4)});
    EXPECT_EQ(reopen().entries.size(), 3);
    write({append(4, 5, 2)});
    EXPECT_EQ(reopen().entries.size(), 5);
}

TEST_F(LogStoreTest, ARewriteReplacesAndDropsTheExcess) {
    write({append(1, 10, 1)});
    write({rewrite(3, 4, 2)});
    const Content content = reopen();
    ASSERT_EQ(content.entries.size(), 4);
    EXPECT_EQ(content.entries[1], entry(2, 1));
    EXPECT_EQ(content.entries[2], entry(3, 2));
    EXPECT_EQ(content.entries[3], entry(4, 2));
}

TEST_F(LogStoreTest, ARewriteMayGoBeyondTheOldEnd) {
    write({append(1, 3, 1)});
    write({rewrite(2, 8, 2)});
    EXPECT_EQ(reopen().entries.size(), 8);
}

TEST_F(LogStoreTest, TheWholeLogMayBeRewritten) {
    write({append(1, 3, 1)});
    write({rewrite(1, 1, 2)});
    const Content content = reopen();
    ASSERT_EQ(content.entries.size(), 1);
    EXPECT_EQ(content.entries[0], entry(1, 2));
    write({truncate(1)});
    EXPECT_EQ(reopen().entries.size(), 0);
}

// A follower may be told to drop what it was told to append a moment ago, before any of it was stored.
TEST_F(LogStoreTest, OneGroupMayAppendTruncateAndAppendAgain) {
    write({append(1, 6, 1), rewrite(4, 5, 2), append(6, 7, 2), rewrite(5, 5, 3), rewrite(1, 2, 4)});
    const Content content = reopen();
    ASSERT_EQ(content.entries.size(), 2);
    EXPECT_EQ(content.entries[0], entry(1, 4));
    EXPECT_EQ(content.entries[1], entry(2, 4));
}

TEST_F(LogStoreTest, AGroupCostsOneSyncAndNothingCostsNone) {
    const std::uint64_t before = store_->syncs();
    write({append(1, 3, 1), append(4, 6, 1), append(7, 9, 2)});
    EXPECT_EQ(store_->syncs(), before + 1);
    write({});
    write({raft::Write{}});
    EXPECT_EQ(store_->syncs(), before + 1);
    EXPECT_EQ(reopen().entries.size(), 9);
}

TEST_F(LogStoreTest, CommittedEntriesAreHandedOutInOrderAndAnErrorEndsTheOpening) {
    write({append(1, 9, 1, 6)});
    store_.reset();
    std::vector<std::uint64_t> seen;
    const auto opened = LogStore::open(options_for(dir_.data()),
                                       [&](machine::Machine&, const raft::Entry& each) -> Result<void> {
                                           seen.push_back(each.id.index.value);
                                           if (seen.size() == 4) return Error{Code::damaged, "no batch"};
                                           return {};
                                       });
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().message, "no batch");
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(LogStoreTest, ReadsWhatIsWantedAndNoMoreThanItsBytes) {
    write({append(1, 20, 1)});
    EXPECT_EQ(ids(fetch(5, 7)), (std::vector{entry(5, 1).id, entry(6, 1).id, entry(7, 1).id}));
    EXPECT_EQ(fetch(1, 20)[19], entry(20, 1));
    EXPECT_EQ(fetch(1, 20, 350).size(), 4) << "stops after the entry that reaches the limit";
    EXPECT_EQ(fetch(1, 20, 1).size(), 2) << "never less than two";
    EXPECT_EQ(fetch(18, 30).size(), 3) << "what is there";
    EXPECT_TRUE(fetch(21, 30).empty());
    EXPECT_EQ(fetch(20, 20).size(), 1);
}

TEST_F(LogStoreTest, ReadsTheNewEntriesAfterARewrite) {
    write({append(1, 9, 1)});
    write({rewrite(4, 5, 2)});
    const auto entries = fetch(3, 9);
    ASSERT_EQ(entries.size(), 3);
    EXPECT_EQ(entries[0], entry(3, 1));
    EXPECT_EQ(entries[1], entry(4, 2));
    EXPECT_EQ(entries[2], entry(5, 2));
}

TEST_F(LogStoreTest, LargeEntriesSpanManyBlocksOfTheWal) {
    raft::Write write = append(1, 0, 1);
    for (std::uint64_t index = 1; index <= 6; ++index)
        write.append.push_back(entry(index, 1, 700'000));
    this->write({write});
    EXPECT_EQ(reopen().entries, write.append);
}

TEST_F(LogStoreTest, FiguresOfTheDisk) {
    write({append(1, 9, 1)});
    EXPECT_GT(store_->measure().bytes, 900);
    EXPECT_GT(store_->measure().free_bytes, 0);
    EXPECT_EQ(store_->syncs(), 1);
}

class LogStoreDeathTest : public LogStoreTest {
    TempFilesIn temp_files_{dir_.path()};
};

// Our own bugs end the process before they reach the disk.
TEST_F(LogStoreDeathTest, ImpossibleWritesAreBugs) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    write({append(1, 5, 3, 2)});
    EXPECT_DEATH((void)store_->write(std::vector{append(7, 7, 3, 2)}), "a gap in the log");
    EXPECT_DEATH((void)store_->write(std::vector{append(6, 6, 2, 2)}), "a term that falls");
    EXPECT_DEATH((void)store_->write(std::vector{append(6, 6, 3, 7)}), "a commit beyond the log");
    EXPECT_DEATH((void)store_->write(std::vector{append(6, 6, 3, 1)}), "a commit that falls");
    EXPECT_DEATH((void)store_->write(std::vector{truncate(2)}), "a committed entry would be dropped");
    EXPECT_DEATH((void)store_->write(std::vector{truncate(7)}), "a truncation beyond the end");
}

}  // namespace
}  // namespace kvbus::storage
