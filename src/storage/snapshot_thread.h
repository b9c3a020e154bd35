// The thread that owns the chunks of snapshots, so that neither the loop nor the log waits for them: they are
// large, and none of them is urgent. Carries out what it is told in order. Any thread may tell it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <kvbus/error.h>

#include "machine/machine.h"
#include "storage/snapshot_files.h"
#include "wire/snapshot.h"

namespace kvbus::storage {

class SnapshotThread {
  public:
    // Called on the thread.
    struct Reports {
        std::function<void(std::uint64_t snapshot)> synced;
        std::function<void(const wire::SnapshotManifest&, Result<machine::Machine>)> loaded;
        std::function<void(wire::SnapshotChunk)> read;
        std::function<void(const Error&)> failed;  // at most once; it does and reports nothing afterwards
    };
    SnapshotThread(SnapshotFiles files, const machine::Limits& limits, Reports reports);
    ~SnapshotThread() { finish(); }
    SnapshotThread(const SnapshotThread&) = delete;
    SnapshotThread& operator=(const SnapshotThread&) = delete;

    void store(wire::SnapshotChunk chunk);
    void sync(std::uint64_t snapshot);           // makes durable what was stored of it
    void load(wire::SnapshotManifest manifest);  // the same, and builds the machine
    void remove(std::uint64_t snapshot);
    void read(wire::ChunkName chunk);  // reported without bytes when there is none

    void dispose(machine::Machine machine);

    void finish();  // does what it was told; nothing after this

    [[nodiscard]] std::uint64_t bytes_waiting() const {  // to be stored
        return bytes_waiting_.load(std::memory_order_relaxed);
    }

  private:
    using Work = std::function<Result<void>()>;
    void add(Work work);
    void run();
    Result<void> store_now(const wire::SnapshotChunk& chunk);
    Result<void> load_now(const wire::SnapshotManifest& manifest);
    Result<void> read_now(const wire::ChunkName& chunk);

    SnapshotFiles files_;  // these three are the thread's
    machine::Limits limits_;
    Reports reports_;

    std::atomic<std::uint64_t> bytes_waiting_ = 0;
    std::mutex mutex_;
    std::condition_variable work_arrived_;
    std::deque<Work> queue_;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace kvbus::storage
