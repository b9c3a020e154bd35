// The disk thread: order, group commit, and what it does when the disk fails.

#include <cerrno>
#include <chrono>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/disk_thread_fixture.h"
#include "storage/sync_gate.h"

namespace kvbus::storage {
namespace {

using testing::HasSubstr;

using DiskThreadTest = DiskThreadFixture;

TEST_F(DiskThreadTest, StoresEverythingInOrder) {
    submit(1, 500);
    collect_through(500);
    EXPECT_EQ(persisted_, raft::WriteId{500});
    EXPECT_FALSE(readable(std::chrono::milliseconds{0}));
    disk_.reset();
    const auto content = read_back(dir_.data());
    ASSERT_TRUE(content.ok()) << content.error().message;
    ASSERT_EQ(content->entries.size(), 500);
    for (std::uint64_t n = 1; n <= 500; ++n)
        EXPECT_EQ(content->entries[n - 1], entry(n, 1));
}

TEST_F(DiskThreadTest, ReportsNothingBeforeItIsSynced) {
    sync_gate::hold();
    submit(1, 1);
    ASSERT_TRUE(sync_gate::wait_for_held_sync());
    EXPECT_FALSE(readable(std::chrono::milliseconds{0}));
    EXPECT_FALSE(disk_->take_completions().persisted_through);
    sync_gate::release();
    collect_through(1);
}

TEST_F(DiskThreadTest, WhatGathersDuringASyncSharesTheNext) {
    const std::uint64_t before = disk_->usage().syncs;
    sync_gate::hold();
    submit(1, 1);
    ASSERT_TRUE(sync_gate::wait_for_held_sync());
    submit(2, 100);
    sync_gate::release();
    collect_through(100);
    EXPECT_EQ(disk_->usage().syncs, before + 2);
}

TEST_F(DiskThreadTest, PromisesAloneCostNoSync) {
    submit(1, 3);
    collect_through(3);
    const std::uint64_t before = disk_->usage().syncs;
    raft::Write promises;
    promises.id = raft::WriteId{4};
    disk_->submit(std::move(promises));
    collect_through(4);
    EXPECT_EQ(disk_->usage().syncs, before);
}

TEST_F(DiskThreadTest, AFetchSeesTheWritesSubmittedBeforeIt) {
    submit(1, 50);
    disk_->fetch({NodeId{2}, Index{10}, Index{12}, 1 << 20});
    disk_->fetch({NodeId{3}, Index{50}, Index{50}, 1 << 20});
    collect([&] { return fetched_.size() == 2; });
    EXPECT_EQ(fetched_[0].first.follower, NodeId{2});
    ASSERT_EQ(fetched_[0].second.size(), 3);
    EXPECT_EQ(fetched_[0].second[2], entry(12, 1));
    EXPECT_EQ(fetched_[1].first.follower, NodeId{3});
    ASSERT_EQ(fetched_[1].second.size(), 1);
    EXPECT_EQ(fetched_[1].second[0], entry(50, 1));
}

TEST_F(DiskThreadTest, FinishesWhatWasSubmittedBeforeItEnds) {
    sync_gate::hold();
    submit(1, 1);
    ASSERT_TRUE(sync_gate::wait_for_held_sync());
    submit(2, 80);
    sync_gate::release();
    disk_.reset();
    const auto content = read_back(dir_.data());
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_EQ(content->entries.size(), 80);
}

TEST_F(DiskThreadTest, AFailedSyncEndsItForGood) {
    submit(1, 1);
    collect_through(1);
    sync_gate::fail(EIO);
    submit(2, 2);
    auto failure = failure_.get_future();
    ASSERT_EQ(failure.wait_for(deadline), std::future_status::ready);
    const Error error = failure.get();
    EXPECT_EQ(error.code, Code::io);
    EXPECT_THAT(error.message, HasSubstr(dir_.data().native()));

    // The disk would work again: what it says now proves nothing about the pages that it dropped.
    sync_gate::fail(0);
    submit(3, 3);
    disk_->fetch({NodeId{2}, Index{1}, Index{1}, 1});
    EXPECT_FALSE(readable(std::chrono::milliseconds{100}));
    EXPECT_FALSE(disk_->take_completions().persisted_through);
    disk_.reset();
    EXPECT_EQ(failures_, 1);

    const auto content = read_back(dir_.data());
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_GE(content->entries.size(), 1);
    EXPECT_LE(content->entries.size(), 2) << "nothing was stored after the failure";
}

TEST_F(DiskThreadTest, AFailedSyncForLackOfSpaceSaysSo) {
    sync_gate::fail(ENOSPC);
    submit(1, 1);
    auto failure = failure_.get_future();
    ASSERT_EQ(failure.wait_for(deadline), std::future_status::ready);
    const Error error = failure.get();
    EXPECT_EQ(error.code, Code::no_space);
    EXPECT_THAT(error.message, testing::AllOf(HasSubstr(dir_.data().native()), HasSubstr("bytes free")));
}

TEST_F(DiskThreadTest, TellsItsUsageFromTheStart) {
    EXPECT_GT(disk_->usage().bytes, 0);
    EXPECT_GT(disk_->usage().free_bytes, 0);
    EXPECT_EQ(disk_->usage().syncs, 0);
}

}  // namespace
}  // namespace kvbus::storage
