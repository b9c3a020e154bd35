// Snapshots through the disk thread: in which order things come to be, and what does not wait for what.

#include <cerrno>
#include <chrono>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/disk_thread_fixture.h"
#include "storage/snapshot_support.h"
#include "storage/sync_gate.h"

namespace kvbus::storage {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DiskSnapshotTest : public DiskThreadFixture {
  protected:
    void store_chunks(const TestSnapshot& snapshot) {
        for (const wire::SnapshotChunk& chunk : snapshot.chunks)
            disk_->store(chunk);
    }
    void publish(const TestSnapshot& snapshot, std::uint64_t drop_through) {
        store_chunks(snapshot);
        disk_->publish(snapshot.manifest, Index{drop_through});
    }
    void load(const TestSnapshot& snapshot) {
        store_chunks(snapshot);
        const std::size_t before = loaded_.size();
        disk_->load(snapshot.manifest);
        collect([&] { return loaded_.size() > before; });
    }
    void collect_published(std::size_t count) {
        collect([&] { return published_.size() >= count; });
    }
    Content content_after_end() {
        disk_.reset();
        auto content = read_back(dir_.data());
        EXPECT_TRUE(content.ok()) << content.error().message;
        return content.ok() ? std::move(*content) : Content{};
    }
    [[nodiscard]] std::filesystem::path path_of(const TestSnapshot& snapshot) const {
        return snapshot_path(dir_.data(), snapshot.id());
    }
};

std::string chunk_bytes_of(const TestSnapshot& snapshot) {
    std::string bytes;
    for (const wire::SnapshotChunk& chunk : snapshot.chunks)
        bytes += chunk.bytes;
    return bytes;
}

TEST_F(DiskSnapshotTest, PublishesWhatWasStored) {
    const TestSnapshot taken = snapshot_after(entry_id(1, 8), 1);
    submit(1, 10);
    publish(taken, 4);
    submit(11, 12);
    collect([&] { return published_.size() == 1 && persisted_ == raft::WriteId{12}; });
    EXPECT_EQ(published_[0].manifest, taken.manifest);
    EXPECT_EQ(published_[0].log_start, entry_id(1, 4));

    const Content content = content_after_end();
    EXPECT_EQ(content.recovered.snapshot, taken.manifest);
    EXPECT_EQ(content.recovered.log_start, entry_id(1, 4));
    EXPECT_EQ(content.recovered.last, Index{12});
}

TEST_F(DiskSnapshotTest, WritesDoNotWaitForAPublication) {
    sync_gate::hold(".snapshot");
    submit(1, 5);
    publish(snapshot_after(entry_id(1, 4), 1), 2);
    ASSERT_TRUE(sync_gate::wait_for_held_sync());
    submit(6, 9);
    collect_through(9);
    EXPECT_THAT(published_, IsEmpty());
    sync_gate::release();
    collect_published(1);
}

// Otherwise the older one would count in the end.
TEST_F(DiskSnapshotTest, AnInstallWaitsForThePublicationBeforeIt) {
    const TestSnapshot received = snapshot_after(entry_id(1, 8), 1);
    const TestSnapshot taken = snapshot_after(entry_id(1, 4), 2);
    submit(1, 5);
    load(received);
    sync_gate::hold(".snapshot");
    publish(taken, 4);
    raft::Write install = append(9, 9, 1, 8);
    install.id = raft::WriteId{6};
    install.install = {received.manifest.meta, false};
    disk_->submit(install);
    raft::Write next = append(10, 10, 1, 9);
    next.id = raft::WriteId{7};
    disk_->submit(next);
    collect_through(5);
    EXPECT_FALSE(readable(100ms));
    sync_gate::release();
    collect_through(7);
    ASSERT_EQ(published_.size(), 1);
    EXPECT_EQ(published_[0].log_start, entry_id(1, 4));

    const Content content = content_after_end();
    EXPECT_EQ(content.recovered.snapshot, received.manifest);
    EXPECT_EQ(content.recovered.log_start, entry_id(1, 8));
    EXPECT_THAT(snapshot_paths(dir_.data()), ElementsAre(path_of(received)));
}

TEST_F(DiskSnapshotTest, TheOneBeforeGoesWhenAnotherCounts) {
    const TestSnapshot first = snapshot_after(entry_id(1, 2), 1);
    const TestSnapshot second = snapshot_after(entry_id(1, 4), 2);
    const TestSnapshot third = snapshot_after(entry_id(1, 8), 3);
    submit(1, 5);
    publish(first, 0);
    publish(second, 0);
    collect_published(2);
    load(third);
    disk_->read(second.chunks[0].name);
    collect([&] { return chunks_read_.size() == 1; });
    EXPECT_EQ(chunks_read_[0].bytes, second.chunks[0].bytes);
    EXPECT_THAT(snapshot_paths(dir_.data()), ElementsAre(path_of(second), path_of(third)));

    raft::Write install = append(9, 8, 1, 8);
    install.id = raft::WriteId{6};
    install.install = {third.manifest.meta, false};
    disk_->submit(install);
    collect_through(6);
    disk_->read(second.chunks[0].name);
    disk_->read(third.chunks[0].name);
    collect([&] { return chunks_read_.size() == 3; });
    EXPECT_EQ(chunks_read_[1].name, second.chunks[0].name);
    EXPECT_EQ(chunks_read_[1].bytes, "");
    EXPECT_EQ(chunks_read_[2].bytes, third.chunks[0].bytes);
    EXPECT_THAT(snapshot_paths(dir_.data()), ElementsAre(path_of(third)));
}

TEST_F(DiskSnapshotTest, LoadsWhatWasReceived) {
    const TestSnapshot received = snapshot_after(entry_id(1, 8), 1, 50);
    load(received);
    EXPECT_EQ(loaded_[0].manifest, received.manifest);
    ASSERT_TRUE(loaded_[0].machine.ok()) << loaded_[0].machine.error().message;
    EXPECT_EQ(loaded_[0].machine->state_hash(), received.manifest.header.state_hash);
    EXPECT_EQ(loaded_[0].machine->key_count(), 50);
}

// It came from outside; the node may fetch another.
TEST_F(DiskSnapshotTest, AReceivedOneThatIsNoGoodIsNoFailure) {
    const TestSnapshot good = snapshot_after(entry_id(1, 8), 1);
    TestSnapshot missing = good;
    missing.chunks.pop_back();
    load(missing);
    disk_->discard(good.id());
    TestSnapshot other = good;
    other.chunks[1].bytes = other.chunks[0].bytes;
    load(other);
    disk_->discard(good.id());
    TestSnapshot wrong = good;
    ++wrong.manifest.hash;
    load(wrong);
    disk_->discard(good.id());
    for (const DiskThread::Loaded& loaded : loaded_) {
        ASSERT_FALSE(loaded.machine.ok());
        EXPECT_EQ(loaded.machine.error().code, Code::damaged);
    }
    load(good);
    EXPECT_TRUE(loaded_.back().machine.ok());
    EXPECT_EQ(failures_, 0);
}

TEST_F(DiskSnapshotTest, WhatIsDiscardedIsGone) {
    const TestSnapshot received = snapshot_after(entry_id(1, 8), 1);
    store_chunks(received);
    disk_->discard(received.id());
    disk_->read(received.chunks[0].name);
    collect([&] { return chunks_read_.size() == 1; });
    EXPECT_EQ(chunks_read_[0].bytes, "");
    EXPECT_THAT(snapshot_paths(dir_.data()), IsEmpty());
}

TEST_F(DiskSnapshotTest, TellsExactlyWhatWaitsToBeStored) {
    EXPECT_EQ(disk_->usage().chunk_bytes_waiting, 0);
    submit(1, 5);
    sync_gate::hold(".snapshot");
    publish(snapshot_after(entry_id(1, 4), 1), 0);
    ASSERT_TRUE(sync_gate::wait_for_held_sync());
    EXPECT_EQ(disk_->usage().chunk_bytes_waiting, 0) << "what is not synced is stored all the same";
    const TestSnapshot next = snapshot_after(entry_id(1, 5), 2);
    store_chunks(next);
    EXPECT_EQ(disk_->usage().chunk_bytes_waiting, chunk_bytes_of(next).size());
    sync_gate::release();
    disk_->read(next.chunks.back().name);
    collect([&] { return chunks_read_.size() == 1; });
    EXPECT_EQ(disk_->usage().chunk_bytes_waiting, 0);
}

TEST_F(DiskSnapshotTest, AFailedSyncOfChunksEndsEverything) {
    submit(1, 5);
    collect_through(5);
    sync_gate::fail(ENOSPC, ".snapshot");
    publish(snapshot_after(entry_id(1, 4), 1), 4);
    auto failure = failure_.get_future();
    ASSERT_EQ(failure.wait_for(deadline), std::future_status::ready);
    const Error error = failure.get();
    EXPECT_EQ(error.code, Code::no_space);
    EXPECT_THAT(error.message, testing::AllOf(HasSubstr(dir_.data().native()), HasSubstr("bytes free")));
    sync_gate::fail(0);
    submit(6, 6);
    EXPECT_FALSE(readable(100ms));
    EXPECT_EQ(failures_, 1);
    const Content content = content_after_end();
    EXPECT_FALSE(content.recovered.snapshot);
    EXPECT_EQ(content.recovered.last, Index{5});
    EXPECT_THAT(snapshot_paths(dir_.data()), IsEmpty());
}

TEST_F(DiskSnapshotTest, FinishesAPublicationBeforeItEnds) {
    const TestSnapshot taken = snapshot_after(entry_id(1, 5), 1);
    submit(1, 5);
    publish(taken, 5);
    const Content content = content_after_end();
    EXPECT_EQ(content.recovered.snapshot, taken.manifest);
    EXPECT_EQ(content.recovered.log_start, entry_id(1, 5));
}

}  // namespace
}  // namespace kvbus::storage
