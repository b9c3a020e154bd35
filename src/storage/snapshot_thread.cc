#include "storage/snapshot_thread.h"

#include <memory>
#include <utility>

#include <pthread.h>

#include "storage/errors.h"
#include "storage/snapshot_loader.h"

namespace kvbus::storage {

SnapshotThread::SnapshotThread(SnapshotFiles files, const machine::Limits& limits, Reports reports)
    : files_(std::move(files)), limits_(limits), reports_(std::move(reports)) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "snapshots");
}

void SnapshotThread::finish() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    work_arrived_.notify_one();
    thread_.join();
}

void SnapshotThread::store(wire::SnapshotChunk chunk) {
    bytes_waiting_.fetch_add(chunk.bytes.size(), std::memory_order_relaxed);
    add([this, chunk = std::move(chunk)] { return store_now(chunk); });
}

void SnapshotThread::sync(std::uint64_t snapshot) {
    add([this, snapshot] {
        auto synced = files_.sync(snapshot);
        if (synced.ok()) reports_.synced(snapshot);
        return synced;
    });
}

void SnapshotThread::load(wire::SnapshotManifest manifest) {
    add([this, manifest = std::move(manifest)] { return load_now(manifest); });
}

void SnapshotThread::remove(std::uint64_t snapshot) {
    add([this, snapshot] {
        files_.remove(snapshot);
        return Result<void>{};
    });
}

void SnapshotThread::read(wire::ChunkName chunk) {
    add([this, chunk] { return read_now(chunk); });
}

void SnapshotThread::dispose(machine::Machine machine) {
    add([machine = std::make_shared<machine::Machine>(std::move(machine))] { return Result<void>{}; });
}

void SnapshotThread::add(Work work) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
    }
    work_arrived_.notify_one();
}

void SnapshotThread::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        work_arrived_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const Work work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        if (auto done = work(); !done.ok()) return reports_.failed(done.error());
    }
}

Result<void> SnapshotThread::store_now(const wire::SnapshotChunk& chunk) {
    auto stored = files_.store(chunk);
    bytes_waiting_.fetch_sub(chunk.bytes.size(), std::memory_order_relaxed);
    return stored;
}

// A snapshot that cannot be used is no failure: it came from outside.
Result<void> SnapshotThread::load_now(const wire::SnapshotManifest& manifest) {
    if (auto synced = files_.sync(manifest.meta.id); !synced.ok()) return synced;
    reports_.loaded(manifest, load_machine(files_, manifest, limits_));
    return {};
}

Result<void> SnapshotThread::read_now(const wire::ChunkName& chunk) {
    auto bytes = files_.read(chunk);
    if (!bytes.ok()) return located(files_.dir(), "", bytes.error());
    reports_.read({chunk, std::move(*bytes)});
    return {};
}

}  // namespace kvbus::storage
