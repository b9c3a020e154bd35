// The disk of a running node: a thread that owns the log store, so that no sync ever blocks the loop.
//
// Group commit without timers: the thread takes all that has been submitted, stores it with one sync, reports
// it with one wake-up, and meanwhile the next batch gathers. A write costs the loop at most one futex wake,
// and the thread one futex wait, one write and one sync of the WAL, one write of the durable mark, and at
// most one write to the eventfd.
//
// All members belong to the loop thread. Writes complete in the order of submission; a fetch sees every write
// that was submitted before it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <kvbus/error.h>

#include "base/time.h"
#include "base/wake.h"
#include "node/ports.h"
#include "storage/log_store.h"

namespace kvbus::storage {

class DiskThread final : public node::Disk {
  public:
    // `on_failure` is called on the disk thread, at most once; the thread stores and reports nothing
    // afterwards, and the process is to end.
    DiskThread(std::unique_ptr<LogStore> store, std::function<void(const Error&)> on_failure);
    ~DiskThread() override;  // stores what was submitted
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override;
    [[nodiscard]] Usage usage() const override;  // at most a second old, or as old as the work under way

    struct Completions {
        std::optional<raft::WriteId> persisted_through;
        std::vector<std::pair<raft::LogFetch, std::vector<raft::Entry>>> fetched;
    };

    [[nodiscard]] int completions_fd() const {
        return wake_.fd();
    }                                              // readable exactly while there are completions
    [[nodiscard]] Completions take_completions();  // no system call when there are none

  private:
    struct Work {
        std::vector<raft::Write> writes;
        std::vector<raft::LogFetch> fetches;

        [[nodiscard]] bool empty() const { return writes.empty() && fetches.empty(); }
    };

    void run();
    [[nodiscard]] bool wait_for(Work& work);
    [[nodiscard]] Result<void> carry_out(Work& work);
    template <class Add>
    void report(Add add);  // add: what to do with completions_
    void measure_when_due();
    void fail(const Error& error);

    std::unique_ptr<LogStore> store_;  // the thread's from its start to its end
    std::function<void(const Error&)> on_failure_;
    Instant measured_{};  // the thread's

    std::mutex mutex_;
    std::condition_variable work_arrived_;
    Work queue_;
    Completions completions_;
    bool reported_ = false;  // the eventfd is readable
    bool closing_ = false;
    bool failed_ = false;
    Wake wake_;

    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> free_bytes_ = 0;
    std::atomic<std::uint64_t> syncs_ = 0;

    raft::WriteId submitted_;  // the loop's
    std::thread thread_;
};

}  // namespace kvbus::storage
