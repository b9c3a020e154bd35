// Snapshots that a node took or received, and the log that begins after them: what is there after a reopen.

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/log_store.h"
#include "storage/snapshot_support.h"
#include "storage/support.h"

namespace kvbus::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SnapshotTest : public testing::Test {
  protected:
    SnapshotTest() { open(); }

    void open() {
        store_.reset();
        auto opened = open_store(dir_.data());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(opened->store);
        files_ = std::make_unique<SnapshotFiles>(std::move(opened->snapshots));
    }
    void write(const std::vector<raft::Write>& writes) {
        const auto written = store_->write(writes);
        ASSERT_TRUE(written.ok()) << written.error().message;
    }
    raft::EntryId publish(const TestSnapshot& snapshot, std::uint64_t drop_through) {
        store(*files_, snapshot);
        const auto log_start = store_->publish(snapshot.manifest, Index{drop_through});
        EXPECT_TRUE(log_start.ok()) << log_start.error().message;
        return log_start.ok() ? *log_start : raft::EntryId{};
    }
    void receive(const TestSnapshot& snapshot) {
        store(*files_, snapshot);
        store_->loaded(snapshot.manifest);
    }
    Content reopen() {
        store_.reset();
        auto content = read_back(dir_.data());
        EXPECT_TRUE(content.ok()) << content.error().message;
        open();
        return content.ok() ? std::move(*content) : Content{};
    }
    std::size_t fetched(std::uint64_t first, std::uint64_t last) {
        auto entries = store_->read({NodeId{2}, Index{first}, Index{last}, 1 << 20});
        EXPECT_TRUE(entries.ok()) << entries.error().message;
        return entries.ok() ? entries->size() : 0;
    }

    TempDir dir_;
    std::unique_ptr<LogStore> store_;
    std::unique_ptr<SnapshotFiles> files_;
};

// What a node does with one that it received: hard state and snapshot in one write.
raft::Write install(const TestSnapshot& snapshot, bool keeps_log) {
    raft::Write write;
    const raft::EntryId last = snapshot.manifest.meta.last;
    write.hard_state = hard_state(last.term.value, 0, last.index.value);
    write.install = {snapshot.manifest.meta, keeps_log};
    return write;
}

void expect_snapshot(const Recovered& recovered, const TestSnapshot& snapshot) {
    ASSERT_TRUE(recovered.snapshot);
    EXPECT_EQ(*recovered.snapshot, snapshot.manifest);
    EXPECT_EQ(recovered.machine.state_hash(), snapshot.manifest.header.state_hash);
    EXPECT_EQ(recovered.machine.key_count(), snapshot.manifest.header.key_count);
}

std::vector<std::uint64_t> indexes(const std::vector<raft::Entry>& entries) {
    std::vector<std::uint64_t> indexes;
    for (const raft::Entry& each : entries) {
        EXPECT_EQ(each, entry(each.id.index.value, each.id.term.value));
        indexes.push_back(each.id.index.value);
    }
    return indexes;
}

TEST_F(SnapshotTest, APublishedOneComesBackWithTheLogAfterIt) {
    write({append(1, 10, 1, 9)});
    const TestSnapshot taken = snapshot_after(entry_id(1, 7), 0xabc);
    EXPECT_EQ(publish(taken, 5), entry_id(1, 5));

    const Content content = reopen();
    expect_snapshot(content.recovered, taken);
    EXPECT_EQ(content.recovered.log_start, entry_id(1, 5));
    EXPECT_EQ(content.recovered.base, entry_id(1, 9));
    EXPECT_EQ(content.recovered.last, Index{10});
    EXPECT_THAT(indexes(content.entries), ElementsAre(8, 9, 10))
        << "those that the snapshot covers are skipped";
    EXPECT_EQ(content.recovered.log_bytes, 200);
    EXPECT_EQ(fetched(6, 10), 5) << "they are there for followers all the same";
}

TEST_F(SnapshotTest, EntriesThatWereDroppedAreNotFetched) {
    write({append(1, 10, 1, 9)});
    publish(snapshot_after(entry_id(1, 8), 1), 6);
    EXPECT_EQ(fetched(6, 10), 0);
    EXPECT_EQ(fetched(1, 3), 0);
    EXPECT_EQ(fetched(7, 10), 4);
}

TEST_F(SnapshotTest, TheLogGoesOnAfterItWasDroppedWhole) {
    write({append(1, 10, 2, 10)});
    EXPECT_EQ(publish(snapshot_after(entry_id(2, 10), 1), 10), entry_id(2, 10));
    EXPECT_THAT(reopen().entries, IsEmpty());
    write({append(11, 12, 3, 11)});
    const Content content = reopen();
    EXPECT_EQ(content.recovered.log_start, entry_id(2, 10));
    EXPECT_THAT(indexes(content.entries), ElementsAre(11, 12));
}

TEST_F(SnapshotTest, NothingIsDroppedTwice) {
    write({append(1, 10, 1, 10)});
    EXPECT_EQ(publish(snapshot_after(entry_id(1, 6), 1), 4), entry_id(1, 4));
    EXPECT_EQ(publish(snapshot_after(entry_id(1, 7), 2), 3), entry_id(1, 4));
    EXPECT_EQ(publish(snapshot_after(entry_id(1, 8), 3), 0), entry_id(1, 4));
    EXPECT_EQ(reopen().recovered.log_start, entry_id(1, 4));
}

TEST_F(SnapshotTest, TheLastOneCountsAndNoOtherIsKept) {
    write({append(1, 10, 1, 10)});
    publish(snapshot_after(entry_id(1, 4), 1), 0);
    const TestSnapshot last = snapshot_after(entry_id(1, 8), 2, 30);
    publish(last, 0);
    store(*files_, snapshot_after(entry_id(1, 9), 3));
    expect_snapshot(reopen().recovered, last);
    EXPECT_THAT(snapshot_paths(dir_.data()), ElementsAre(snapshot_path(dir_.data(), 2)));
}

TEST_F(SnapshotTest, OneThatIsNotPublishedCountsForNothing) {
    write({append(1, 5, 1, 5)});
    store(*files_, snapshot_after(entry_id(1, 5), 1));
    const Content content = reopen();
    EXPECT_FALSE(content.recovered.snapshot);
    EXPECT_EQ(content.entries.size(), 5);
    EXPECT_THAT(snapshot_paths(dir_.data()), IsEmpty());
}

// The disk is told of a commit with the next write only, and a snapshot may be of what was applied since.
TEST_F(SnapshotTest, PublishingCommitsWhatItCovers) {
    write({append(1, 10, 1, 3)});
    publish(snapshot_after(entry_id(1, 9), 1), 2);
    const Recovered recovered = reopen().recovered;
    EXPECT_EQ(recovered.hard_state, hard_state(1, 0, 9));
    EXPECT_EQ(recovered.base, entry_id(1, 9));
}

TEST_F(SnapshotTest, AnEmptyMachineHasNoChunks) {
    write({append(1, 3, 1, 3)});
    const TestSnapshot empty = snapshot_after(entry_id(1, 3), 1, 0);
    ASSERT_THAT(empty.chunks, IsEmpty());
    publish(empty, 3);
    expect_snapshot(reopen().recovered, empty);
}

TEST_F(SnapshotTest, AChunkThatIsStoredAgainTakesTheFirstOnesPlace) {
    write({append(1, 3, 1, 3)});
    const TestSnapshot taken = snapshot_after(entry_id(1, 3), 1);
    auto wrong = taken.chunks.front();
    wrong.bytes = "nonsense";
    ASSERT_TRUE(files_->store(wrong).ok());
    publish(taken, 0);
    expect_snapshot(reopen().recovered, taken);
}

TEST_F(SnapshotTest, ChunksAreReadByTheirNames) {
    const TestSnapshot taken = snapshot_after(entry_id(1, 3), 0x12);
    store(*files_, taken);
    for (const wire::SnapshotChunk& chunk : taken.chunks) {
        const auto bytes = files_->read(chunk.name);
        ASSERT_TRUE(bytes.ok()) << bytes.error().message;
        EXPECT_EQ(*bytes, chunk.bytes);
    }
    auto name = taken.chunks.back().name;
    name.number += 1;
    EXPECT_EQ(*files_->read(name), "");
    name = taken.chunks.front().name;
    name.snapshot = 0x13;
    EXPECT_EQ(*files_->read(name), "");
    files_->remove(0x12);
    EXPECT_EQ(*files_->read(taken.chunks.front().name), "");
    EXPECT_THAT(snapshot_paths(dir_.data()), IsEmpty());
}

TEST_F(SnapshotTest, AnInstalledOneTakesThePlaceOfAShorterLog) {
    write({append(1, 5, 1, 3)});
    const TestSnapshot received = snapshot_after(entry_id(3, 20), 1);
    receive(received);
    write({install(received, false), append(21, 23, 3, 22)});
    const Content content = reopen();
    expect_snapshot(content.recovered, received);
    EXPECT_EQ(content.recovered.log_start, entry_id(3, 20));
    EXPECT_EQ(content.recovered.base, entry_id(3, 22));
    EXPECT_THAT(indexes(content.entries), ElementsAre(21, 22, 23));
    EXPECT_EQ(fetched(5, 23), 0);
    EXPECT_EQ(fetched(21, 23), 3);
}

// Beyond the snapshot too, where it holds what nobody committed.
TEST_F(SnapshotTest, AnInstalledOneTakesThePlaceOfALongerLog) {
    write({append(1, 30, 1, 3)});
    const TestSnapshot received = snapshot_after(entry_id(3, 20), 1);
    receive(received);
    raft::Write write = install(received, false);
    write.append = {entry(21, 3)};
    this->write({write});
    EXPECT_THAT(indexes(reopen().entries), ElementsAre(21));
    this->write({append(22, 40, 3, 20)});
    EXPECT_EQ(reopen().entries.size(), 20);
}

TEST_F(SnapshotTest, AnInstalledOneMayKeepTheLogAfterIt) {
    write({append(1, 30, 3, 3)});
    const TestSnapshot received = snapshot_after(entry_id(3, 20), 1);
    receive(received);
    write({install(received, true)});
    const Content content = reopen();
    EXPECT_EQ(content.recovered.log_start, entry_id(3, 20));
    EXPECT_EQ(content.recovered.hard_state, hard_state(3, 0, 20));
    ASSERT_EQ(content.entries.size(), 10);
    EXPECT_EQ(content.entries.front(), entry(21, 3));
}

TEST_F(SnapshotTest, TheLogThatIsKeptMayBeRewrittenInTheSameWrite) {
    write({append(1, 25, 3, 3)});
    const TestSnapshot received = snapshot_after(entry_id(3, 20), 1);
    receive(received);
    raft::Write write = install(received, true);
    write.hard_state = hard_state(4, 0, 20);
    write.truncate_from = Index{23};
    write.append = {entry(23, 4)};
    const std::uint64_t before = store_->syncs();
    this->write({append(26, 30, 3, 3), write});
    EXPECT_EQ(store_->syncs(), before + 2) << "what came before, and the write as a whole";
    const Content content = reopen();
    ASSERT_THAT(indexes(content.entries), ElementsAre(21, 22, 23));
    EXPECT_EQ(content.entries.back(), entry(23, 4));
}

TEST_F(SnapshotTest, TheWholeLogAfterAnInstalledOneMayBeRewritten) {
    write({append(1, 25, 3, 3)});
    const TestSnapshot received = snapshot_after(entry_id(3, 20), 1);
    receive(received);
    raft::Write write = install(received, true);
    write.hard_state = hard_state(4, 0, 20);
    write.truncate_from = Index{21};
    this->write({write});
    EXPECT_THAT(reopen().entries, IsEmpty());
    this->write({append(21, 22, 4, 21)});
    EXPECT_THAT(indexes(reopen().entries), ElementsAre(21, 22));
}

TEST_F(SnapshotTest, ManySnapshotsInARow) {
    std::uint64_t last = 0;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        write({append(last + 1, last + 10, round, last + 8)});
        last += 10;
        const TestSnapshot taken = snapshot_after(entry_id(round, last - 2), round, round);
        publish(taken, last - 3);
        if (round % 5 != 0) continue;
        const Content content = reopen();
        expect_snapshot(content.recovered, taken);
        EXPECT_THAT(indexes(content.entries), ElementsAre(last - 1, last));
    }
}

// What was dropped takes no space, though nothing but snapshots ever ends a memtable early here.
TEST_F(SnapshotTest, DroppedEntriesTakeNoSpace) {
    std::uint64_t last = 0;
    for (std::uint64_t round = 1; round <= 8; ++round) {
        raft::Write large = append(1, 0, 1, last);
        for (std::uint64_t n = 0; n < 16; ++n)
            large.append.push_back(entry(++last, 1, 1 << 20));
        write({large});
        publish(snapshot_after(entry_id(1, last), round), last - 1);
    }
    store_.reset();
    open();
    // RocksDB deletes files on a thread of its own.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (store_->measure().bytes >= 24 << 20 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_LT(store_->measure().bytes, 24 << 20);
}

class SnapshotDeathTest : public SnapshotTest {
    TempFilesIn temp_files_{dir_.path()};
};

TEST_F(SnapshotDeathTest, ImpossibleSnapshotsAreBugs) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    write({append(1, 10, 2, 5)});
    publish(snapshot_after(entry_id(2, 5), 1), 5);
    const auto publish_at = [&](std::uint64_t term, std::uint64_t index) {
        (void)store_->publish(snapshot_after(entry_id(term, index), 9).manifest, Index{0});
    };
    EXPECT_DEATH(publish_at(2, 4), "a snapshot older than the one that counts");
    EXPECT_DEATH(publish_at(2, 11), "a snapshot of what is not in the log");
    EXPECT_DEATH(publish_at(1, 8), "the snapshot's last entry is another in the log");

    const TestSnapshot received = snapshot_after(entry_id(2, 8), 2);
    EXPECT_DEATH((void)store_->write(std::vector{install(received, true)}), "a snapshot that was not loaded");
    receive(received);
    raft::Write without_commit = install(received, true);
    without_commit.hard_state.reset();
    EXPECT_DEATH((void)store_->write(std::vector{without_commit}), "a snapshot beyond the commit");
    const TestSnapshot other = snapshot_after(entry_id(1, 8), 3);
    receive(other);
    EXPECT_DEATH((void)store_->write(std::vector{install(other, true)}),
                 "a log that is kept has another entry than the snapshot");
}

}  // namespace
}  // namespace kvbus::storage
