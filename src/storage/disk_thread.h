// The disk of a running node: a thread that owns the log store, so that no sync ever blocks the loop, and one
// that owns the chunks of snapshots, so that they never hold up a sync of the log.
//
// Group commit without timers: the thread takes all that has been submitted, stores it with one sync, reports
// it with one wake-up, and meanwhile the next batch gathers. A write costs the loop at most one futex wake,
// and the thread one futex wait, one write and one sync of the WAL, one write of the durable mark, and at
// most one write to the eventfd.
//
// All members belong to the loop thread. Writes complete in the order of submission; a fetch sees every write
// that was submitted before it. A publication waits for its chunks to be durable; writes that were submitted
// after it need not wait for that, but for those that install a snapshot, so that the last one counts.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <kvbus/error.h>

#include "base/time.h"
#include "base/wake.h"
#include "node/ports.h"
#include "storage/log_store.h"
#include "storage/snapshot_thread.h"

namespace kvbus::storage {

class DiskThread final : public node::Disk {
  public:
    // `on_failure` is called on one of the threads, at most once; they store and report nothing afterwards,
    // and the process is to end.
    DiskThread(std::unique_ptr<LogStore> store, SnapshotFiles snapshots, const machine::Limits& limits,
               std::function<void(const Error&)> on_failure);
    ~DiskThread() override;  // stores what was submitted
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override;
    void store(wire::SnapshotChunk chunk) override;
    void publish(wire::SnapshotManifest manifest, Index drop_through) override;
    void load(wire::SnapshotManifest manifest) override;
    void discard(std::uint64_t snapshot) override;
    void read(wire::ChunkName chunk) override;
    void mark_corrupt(std::optional<std::string> why) override;
    void dispose(machine::Machine machine) override { snapshots_->dispose(std::move(machine)); }
    // At most a second old, or as old as the work under way, but for the chunks, of which it is exact.
    [[nodiscard]] Usage usage() const override;

    struct Published {
        wire::SnapshotManifest manifest;
        raft::EntryId log_start;
    };
    struct Loaded {
        wire::SnapshotManifest manifest;
        Result<machine::Machine> machine;
    };
    // To be handed on in this order.
    struct Completions {
        std::optional<raft::WriteId> persisted_through;
        std::vector<std::pair<raft::LogFetch, std::vector<raft::Entry>>> fetched;
        std::vector<Published> published;
        std::vector<Loaded> loaded;
        std::vector<wire::SnapshotChunk> chunks_read;
    };

    [[nodiscard]] int completions_fd() const {
        return wake_.fd();
    }                                              // readable exactly while there are completions
    [[nodiscard]] Completions take_completions();  // no system call when there are none

  private:
    struct Publication {
        wire::SnapshotManifest manifest;
        Index drop_through;
        bool is_synced = false;  // its chunks
    };
    struct CorruptMark {
        std::optional<std::string> why;
    };
    // What is carried out together, in this order.
    struct Work {
        std::vector<wire::SnapshotManifest> loaded;
        std::vector<raft::Write> writes;
        std::optional<Publication> publication;
        std::vector<raft::LogFetch> fetches;
        std::optional<CorruptMark> mark;

        [[nodiscard]] bool empty() const {
            return writes.empty() && !publication && fetches.empty() && !mark;
        }
        void clear() {
            mark.reset();
            loaded.clear();
            writes.clear();
            publication.reset();
            fetches.clear();
        }
    };

    void run();
    [[nodiscard]] bool wait_for(Work& work);
    void take(Work& work);
    [[nodiscard]] Result<void> carry_out(Work& work);
    [[nodiscard]] Result<void> publish(Publication& publication);
    void remove_replaced(std::optional<std::uint64_t> before);
    template <class Add>
    void enqueue(Add add);  // add: what to do under the lock
    template <class Add>
    void report(Add add);  // add: what to do with completions_
    [[nodiscard]] SnapshotThread::Reports snapshot_reports();
    void measure_when_due();
    void fail(const Error& error);

    std::unique_ptr<LogStore> store_;  // the thread's from its start to its end
    std::function<void(const Error&)> on_failure_;
    Instant measured_{};  // the thread's

    std::mutex mutex_;
    std::condition_variable work_arrived_;
    std::vector<std::variant<raft::Write, Publication>> queue_;
    std::vector<raft::LogFetch> fetches_;
    std::optional<CorruptMark> mark_;
    std::vector<wire::SnapshotManifest> loaded_;  // and not told to the store yet
    Completions completions_;
    bool reported_ = false;  // the eventfd is readable
    bool closing_ = false;
    bool failed_ = false;
    Wake wake_;

    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> free_bytes_ = 0;
    std::atomic<std::uint64_t> syncs_ = 0;

    raft::WriteId submitted_;  // the loop's
    std::optional<SnapshotThread> snapshots_;
    std::thread thread_;
};

}  // namespace kvbus::storage
