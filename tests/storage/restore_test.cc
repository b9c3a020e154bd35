// Directories that are made from a backup: what a node finds there at its first start, and after.
#include "storage/restore.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/durable_mark.h"
#include "storage/rocks.h"
#include "storage/snapshot_support.h"
#include "storage/support.h"
#include "wire/stored_chunk.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const raft::Membership membership{{NodeId{0xa1}, NodeId{0xb2}}};

std::string content_of(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

void write_content(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

Result<LogStore::Opened> start(const fs::path& dir, const wire::Identity& identity = test_identity()) {
    return LogStore::open({.dir = dir, .identity = identity, .membership = membership},
                          [](machine::Machine&, const raft::Entry&) { return Result<void>{}; });
}

class RestoreTest : public testing::Test {
  protected:
    RestoreTest() : snapshot_(snapshot_after(entry_id(5, 70), 0xbac0)) {
        std::ranges::sort(snapshot_.chunks, {}, &wire::SnapshotChunk::name);
        backup_ = wire::encode_backup_head({snapshot_.manifest, ClusterId{0x01d}, "1.2.3", {}});
        for (const wire::SnapshotChunk& chunk : snapshot_.chunks) {
            const auto header = wire::encode_chunk_header(wire::header_of(chunk));
            backup_.append(header.data(), header.size()).append(chunk.bytes);
        }
    }

    Result<wire::BackupHead> restore_from(const std::string& backup, std::uint64_t bump = 0) {
        std::istringstream in(backup);
        return storage::restore(in, {.dir = dir_.data(), .bump = bump});
    }
    void restore(std::uint64_t bump = 0) {
        const auto restored = restore_from(backup_, bump);
        ASSERT_TRUE(restored.ok()) << restored.error().message;
    }
    LogStore::Opened started() {
        auto opened = start(dir_.data());
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return std::move(*opened);
    }
    void expect_restored(const LogStore::Opened& opened) const {
        const Recovered& recovered = opened.recovered;
        EXPECT_EQ(recovered.machine.state_hash(), snapshot_.manifest.header.state_hash);
        EXPECT_EQ(recovered.hard_state, hard_state(5, 0, 70));
        EXPECT_EQ(recovered.base, entry_id(5, 70));
        EXPECT_EQ(recovered.log_start, entry_id(5, 70));
        ASSERT_TRUE(recovered.snapshot);
        EXPECT_EQ(recovered.snapshot->meta.membership, membership);
        EXPECT_EQ(recovered.snapshot->meta.holder, test_identity().node);
        EXPECT_FALSE(is_restored(dir_.data())) << "it is taken over";
    }
    [[nodiscard]] fs::path chunks_path() const { return snapshot_path(dir_.data(), snapshot_.id()); }
    [[nodiscard]] fs::path head_path() const { return dir_.data() / "RESTORE"; }

    TempDir dir_;
    TestSnapshot snapshot_;
    std::string backup_;
};

TEST_F(RestoreTest, ANodeStartsFromWhatWasBackedUp) {
    restore();
    expect_restored(started());
    expect_restored(started());
}

TEST_F(RestoreTest, AndGoesOnFromThere) {
    restore();
    {
        auto opened = started();
        const raft::Write writes[] = {append(71, 73, 6, 72)};
        ASSERT_TRUE(opened.store->write(writes).ok());
    }
    const auto opened = started();
    EXPECT_EQ(opened.recovered.base, entry_id(6, 72));
    EXPECT_EQ(opened.recovered.last, Index{73});
}

TEST_F(RestoreTest, ItIsANewCluster) {
    restore();
    const ClusterId restored = started().cluster;
    EXPECT_NE(restored, test_identity().cluster);
    EXPECT_NE(restored, ClusterId{0x01d});
    EXPECT_EQ(started().cluster, restored);

    fs::remove_all(dir_.data());
    restore();
    EXPECT_EQ(started().cluster, restored) << "whoever restores the same is in the same cluster";
    fs::remove_all(dir_.data());
    restore(1);
    EXPECT_NE(started().cluster, restored) << "and whoever restores something else is not";
    fs::remove_all(dir_.data());
    EXPECT_EQ(started().cluster, test_identity().cluster);
}

TEST_F(RestoreTest, ItBelongsToTheNodeThatStartedFirst) {
    restore();
    (void)started();
    wire::Identity other = test_identity();
    other.cluster = ClusterId{0xc2};
    const auto refused = start(dir_.data(), other);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::wrong_cluster);
    EXPECT_THAT(refused.error().message, HasSubstr(dir_.data().native()));
    (void)started();
}

TEST_F(RestoreTest, ABumpLeavesNothingOfThePastToBeMistakenFor) {
    restore(1'000'000);
    const auto opened = started();
    const machine::Machine& machine = opened.recovered.machine;
    const Revision bumped{snapshot_.manifest.header.revision.value + 1'000'000};
    EXPECT_EQ(machine.revision(), bumped);
    EXPECT_EQ(machine.compacted(), bumped);
    EXPECT_EQ(machine.range({.key = "key 1", .revision = Revision{bumped.value - 1}}).code, Code::compacted);
    EXPECT_EQ(machine.range({.key = "key 1", .revision = bumped}).records.size(), 1U);
    EXPECT_NE(machine.state_hash(), snapshot_.manifest.header.state_hash) << "which tells revisions apart";
}

TEST_F(RestoreTest, WithoutABumpThePastIsStillThere) {
    restore();
    const auto opened = started();
    EXPECT_EQ(opened.recovered.machine.revision(), snapshot_.manifest.header.revision);
    EXPECT_EQ(opened.recovered.machine.compacted(), Revision{});
}

TEST_F(RestoreTest, ABumpBeyondAllBoundsIsRefused) {
    for (const std::uint64_t bump : {std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
        const auto refused = restore_from(backup_, bump);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
    EXPECT_FALSE(fs::exists(dir_.data()));
}

TEST_F(RestoreTest, AUsedDirectoryIsRefusedAndUntouched) {
    fs::create_directory(dir_.data());
    write_content(dir_.data() / "holiday.jpg", "x");
    const auto refused = restore_from(backup_);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr(dir_.data().native() + " is not empty"));
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_.data()), {}), 1);

    fs::remove(dir_.data() / "holiday.jpg");
    restore();
    EXPECT_FALSE(restore_from(backup_).ok()) << "as is one that was restored to";
    (void)started();
    EXPECT_FALSE(restore_from(backup_).ok()) << "or that a node uses";
}

TEST_F(RestoreTest, ADamagedBackupLeavesNothing) {
    for (std::size_t at = 0; at < backup_.size(); at += 61) {
        std::string damaged = backup_;
        damaged[at] ^= 0x10;
        const auto refused = restore_from(damaged);
        ASSERT_FALSE(refused.ok()) << at;
        EXPECT_EQ(refused.error().code, Code::damaged);
        EXPECT_FALSE(fs::exists(head_path()));
        EXPECT_FALSE(fs::exists(chunks_path()));
    }
    EXPECT_FALSE(restore_from(backup_.substr(0, backup_.size() / 2)).ok());
    restore();
    expect_restored(started());
}

TEST_F(RestoreTest, WhatIsDamagedAfterwardsIsRefusedAtTheStart) {
    restore();
    for (const fs::path& path : {head_path(), chunks_path()}) {
        const std::string whole = content_of(path);
        for (std::size_t at = 0; at < whole.size(); at += 29) {
            std::string damaged = whole;
            damaged[at] ^= 0x40;
            write_content(path, damaged);
            const auto refused = start(dir_.data());
            ASSERT_FALSE(refused.ok()) << path << " byte " << at;
            EXPECT_EQ(refused.error().code, Code::damaged);
            EXPECT_THAT(refused.error().message, HasSubstr("restore the backup again"));
        }
        write_content(path, whole);
    }
    expect_restored(started());
}

// A first start may end at any point, and the next one goes on. Each of these is what such an end leaves.
TEST_F(RestoreTest, AFirstStartThatWasCutOffIsGoneOnWith) {
    restore();
    { ASSERT_TRUE(DurableMark::open(dir_.data()).ok()); }
    const std::string mark = content_of(dir_.data() / "DURABLE");
    expect_restored(started());

    fs::remove_all(dir_.data());
    restore();
    const std::string head = content_of(head_path());
    {
        ASSERT_TRUE(DurableMark::open(dir_.data()).ok());
        ASSERT_TRUE(Rocks::open(dir_.data(), true).ok());
    }
    const ClusterId cluster = started().cluster;

    // The database has begun, and the mark does not say so yet.
    write_content(dir_.data() / "DURABLE", mark);
    write_content(head_path(), head);
    const auto again = started();
    expect_restored(again);
    EXPECT_EQ(again.cluster, cluster);
}

TEST_F(RestoreTest, WhatWasTakenOverIsNotTakenOverAgain) {
    restore();
    const std::string head = content_of(head_path());
    {
        auto opened = started();
        const raft::Write writes[] = {append(71, 71, 6, 71)};
        ASSERT_TRUE(opened.store->write(writes).ok());
    }
    write_content(head_path(), head);
    EXPECT_EQ(started().recovered.base, entry_id(6, 71));
    EXPECT_FALSE(is_restored(dir_.data()));
}

TEST_F(RestoreTest, ARestoreThatWasCutOffIsNoDataDirectory) {
    restore();
    fs::remove(head_path());
    const auto refused = start(dir_.data());
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("is not empty"));
}

}  // namespace
}  // namespace kvbus::storage
