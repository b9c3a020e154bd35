// A disk thread on a directory of its own, and all that it reported.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "storage/disk_thread.h"
#include "storage/support.h"
#include "storage/sync_gate.h"

namespace kvbus::storage {

constexpr auto deadline = std::chrono::seconds{30};

class DiskThreadFixture : public testing::Test {
  protected:
    DiskThreadFixture() { start(); }
    ~DiskThreadFixture() override {
        sync_gate::release();
        sync_gate::fail(0);
    }

    void start() {
        auto opened = open_store(dir_.data());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        disk_ = std::make_unique<DiskThread>(std::move(opened->store), std::move(opened->snapshots),
                                             machine::Limits{}, [this](const Error& error) {
                                                 ++failures_;
                                                 failure_.set_value(error);
                                             });
    }

    // Write n appends entry n, and commits the one before.
    void submit(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t n = first; n <= last; ++n) {
            raft::Write write = append(n, n, 1, n - 1);
            write.id = raft::WriteId{n};
            disk_->submit(std::move(write));
        }
    }

    bool readable(std::chrono::milliseconds wait) {
        pollfd fd{disk_->completions_fd(), POLLIN, 0};
        return poll(&fd, 1, static_cast<int>(wait.count())) == 1;
    }

    // Collects completions until `done` says so.
    template <class Done>
    void collect(Done done) {
        while (!done()) {
            ASSERT_TRUE(readable(deadline)) << "nothing was completed";
            auto completions = disk_->take_completions();
            if (completions.persisted_through) {
                EXPECT_GT(*completions.persisted_through, persisted_);
                persisted_ = *completions.persisted_through;
            }
            std::ranges::move(completions.fetched, std::back_inserter(fetched_));
            std::ranges::move(completions.published, std::back_inserter(published_));
            std::ranges::move(completions.loaded, std::back_inserter(loaded_));
            std::ranges::move(completions.chunks_read, std::back_inserter(chunks_read_));
        }
    }
    void collect_through(std::uint64_t id) {
        collect([&] { return persisted_ >= raft::WriteId{id}; });
    }

    TempDir dir_;
    std::atomic<int> failures_ = 0;
    std::promise<Error> failure_;
    std::unique_ptr<DiskThread> disk_;
    raft::WriteId persisted_;
    std::vector<std::pair<raft::LogFetch, std::vector<raft::Entry>>> fetched_;
    std::vector<DiskThread::Published> published_;
    std::vector<DiskThread::Loaded> loaded_;
    std::vector<wire::SnapshotChunk> chunks_read_;
};

}  // namespace kvbus::storage
