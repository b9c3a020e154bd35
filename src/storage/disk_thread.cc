#include "storage/disk_thread.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <pthread.h>

#include "base/check.h"
#include "base/clock.h"
#include "storage/corrupt_mark.h"

namespace kvbus::storage {
namespace {

// Free space is looked at even when nothing is written: a node that refuses writes for lack of it must see it
// return.
constexpr Duration measure_interval = std::chrono::seconds{1};

}  // namespace

DiskThread::DiskThread(std::unique_ptr<LogStore> store, SnapshotFiles snapshots,
                       const machine::Limits& limits, std::function<void(const Error&)> on_failure)
    : store_(std::move(store)), on_failure_(std::move(on_failure)) {
    measure_when_due();
    snapshots_.emplace(std::move(snapshots), limits, snapshot_reports());
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "disk");
}

DiskThread::~DiskThread() {
    snapshots_->finish();  // then all chunks are synced that a publication waits for
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    work_arrived_.notify_one();
    thread_.join();
}

template <class Add>
void DiskThread::enqueue(Add add) {
    {
        const std::lock_guard lock(mutex_);
        if (failed_) return;
        add();
    }
    work_arrived_.notify_one();
}

void DiskThread::submit(raft::Write write) {
    KV_CHECK(write.then_send.empty(), "promises stay with the node");
    KV_CHECK(write.id > submitted_, "writes out of order");
    submitted_ = write.id;
    enqueue([&] { queue_.emplace_back(std::move(write)); });
}

void DiskThread::fetch(raft::LogFetch fetch) {
    enqueue([&] { fetches_.push_back(fetch); });
}

void DiskThread::mark_corrupt(std::optional<std::string> why) {
    enqueue([&] { mark_ = CorruptMark{std::move(why)}; });
}

void DiskThread::store(wire::SnapshotChunk chunk) {
    snapshots_->store(std::move(chunk));
}

void DiskThread::publish(wire::SnapshotManifest manifest, Index drop_through) {
    const std::uint64_t snapshot = manifest.meta.id;
    enqueue([&] { queue_.emplace_back(Publication{std::move(manifest), drop_through}); });
    snapshots_->sync(snapshot);
}

void DiskThread::load(wire::SnapshotManifest manifest) {
    snapshots_->load(std::move(manifest));
}

void DiskThread::discard(std::uint64_t snapshot) {
    snapshots_->remove(snapshot);
}

void DiskThread::read(wire::ChunkName chunk) {
    snapshots_->read(chunk);
}

SnapshotThread::Reports DiskThread::snapshot_reports() {
    return {.synced =
                [this](std::uint64_t snapshot) {
                    enqueue([&] {
                        for (auto& item : queue_) {
                            auto* publication = std::get_if<Publication>(&item);
                            if (publication != nullptr && publication->manifest.meta.id == snapshot)
                                publication->is_synced = true;
                        }
                    });
                },
            .loaded =
                [this](const wire::SnapshotManifest& manifest, Result<machine::Machine> machine) {
                    report([&](Completions& to) {
                        if (machine.ok()) loaded_.push_back(manifest);
                        to.loaded.push_back({manifest, std::move(machine)});
                    });
                },
            .read =
                [this](wire::SnapshotChunk chunk) {
                    report([&](Completions& to) { to.chunks_read.push_back(std::move(chunk)); });
                },
            .failed = [this](const Error& error) { fail(error); }};
}

node::Disk::Usage DiskThread::usage() const {
    return {.bytes = bytes_.load(std::memory_order_relaxed),
            .free_bytes = free_bytes_.load(std::memory_order_relaxed),
            .syncs = syncs_.load(std::memory_order_relaxed),
            .chunk_bytes_waiting = snapshots_->bytes_waiting()};
}

DiskThread::Completions DiskThread::take_completions() {
    const std::lock_guard lock(mutex_);
    if (!reported_) return {};
    reported_ = false;
    wake_.clear();
    return std::exchange(completions_, {});
}

void DiskThread::run() {
    Work work;
    while (wait_for(work)) {
        if (auto done = carry_out(work); !done.ok()) return fail(done.error());
        measure_when_due();
        work.clear();
    }
}

// False when there is no more work and there will be none.
bool DiskThread::wait_for(Work& work) {
    std::unique_lock lock(mutex_);
    const auto has_ended = [this] { return failed_ || (closing_ && queue_.empty()); };
    work_arrived_.wait_for(lock, measure_interval, [&] {
        take(work);
        return !work.empty() || has_ended();
    });
    return !work.empty() || !has_ended();
}

// From the front of the queue, as far as it can be done now; at most one install, and that as the first
// write.
void DiskThread::take(Work& work) {
    std::swap(work.fetches, fetches_);
    if (mark_) work.mark = std::exchange(mark_, std::nullopt);
    std::ranges::move(loaded_, std::back_inserter(work.loaded));
    loaded_.clear();
    std::size_t later = 0;  // so many stay in the queue of those that were looked at
    std::size_t looked_at = 0;
    for (; looked_at < queue_.size() && !work.publication; ++looked_at) {
        auto& item = queue_[looked_at];
        if (auto* write = std::get_if<raft::Write>(&item)) {
            if (write->install && (later > 0 || !work.writes.empty())) break;
            work.writes.push_back(std::move(*write));
        } else if (auto& publication = std::get<Publication>(item); publication.is_synced && later == 0) {
            work.publication = std::move(publication);
        } else if (later++ != looked_at) {
            queue_[later - 1] = std::move(item);
        }
    }
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(later),
                 queue_.begin() + static_cast<std::ptrdiff_t>(looked_at));
}

Result<void> DiskThread::carry_out(Work& work) {
    const auto before = store_->snapshot();
    for (const wire::SnapshotManifest& manifest : work.loaded)
        store_->loaded(manifest);
    if (!work.writes.empty()) {
        if (auto written = store_->write(work.writes); !written.ok()) return written;
        remove_replaced(before);
        syncs_.store(store_->syncs(), std::memory_order_relaxed);
        report([&](Completions& to) { to.persisted_through = work.writes.back().id; });
    }
    if (work.publication) {
        if (auto published = publish(*work.publication); !published.ok()) return published;
    }
    for (const raft::LogFetch& fetch : work.fetches) {
        auto entries = store_->read(fetch);
        if (!entries.ok()) return entries.error();
        report([&](Completions& to) { to.fetched.emplace_back(fetch, std::move(*entries)); });
    }
    if (work.mark) return write_corrupt_mark(store_->dir(), work.mark->why);
    return {};
}

Result<void> DiskThread::publish(Publication& publication) {
    const auto before = store_->snapshot();
    auto log_start = store_->publish(publication.manifest, publication.drop_through);
    if (!log_start.ok()) return log_start.error();
    remove_replaced(before);
    syncs_.store(store_->syncs(), std::memory_order_relaxed);
    report([&](Completions& to) { to.published.push_back({std::move(publication.manifest), *log_start}); });
    return {};
}

// The chunks of the snapshot that counted `before`, unless it still does.
void DiskThread::remove_replaced(std::optional<std::uint64_t> before) {
    if (before && before != store_->snapshot()) snapshots_->remove(*before);
}

template <class Add>
void DiskThread::report(Add add) {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    add(completions_);
    // Under the lock, so that the eventfd is readable exactly while there is something to take.
    if (!std::exchange(reported_, true)) wake_.wake();
}

void DiskThread::measure_when_due() {
    const Instant now = monotonic_now();
    if (measured_ != Instant{} && now - measured_ < measure_interval) return;
    measured_ = now;
    const DiskFigures figures = store_->measure();
    bytes_.store(figures.bytes, std::memory_order_relaxed);
    free_bytes_.store(figures.free_bytes, std::memory_order_relaxed);
}

void DiskThread::fail(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(failed_, true)) return;
        queue_ = {};
        fetches_ = {};
    }
    work_arrived_.notify_one();
    on_failure_(error);
}

}  // namespace kvbus::storage
