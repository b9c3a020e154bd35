#include "storage/disk_thread.h"

#include <chrono>

#include <pthread.h>

#include "base/check.h"
#include "base/clock.h"

namespace kvbus::storage {
namespace {

// Free space is looked at even when nothing is written: a node that refuses writes for lack of it must see it
// return.
constexpr Duration measure_interval = std::chrono::seconds{1};

}  // namespace

DiskThread::DiskThread(std::unique_ptr<LogStore> store, std::function<void(const Error&)> on_failure)
    : store_(std::move(store)), on_failure_(std::move(on_failure)) {
    measure_when_due();
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "disk");
}

DiskThread::~DiskThread() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    work_arrived_.notify_one();
    thread_.join();
}

void DiskThread::submit(raft::Write write) {
    KV_CHECK(write.then_send.empty(), "promises stay with the node");
    KV_CHECK(write.id > submitted_, "writes out of order");
    submitted_ = write.id;
    {
        const std::lock_guard lock(mutex_);
        if (failed_) return;
        queue_.writes.push_back(std::move(write));
    }
    work_arrived_.notify_one();
}

void DiskThread::fetch(raft::LogFetch fetch) {
    {
        const std::lock_guard lock(mutex_);
        if (failed_) return;
        queue_.fetches.push_back(fetch);
    }
    work_arrived_.notify_one();
}

node::Disk::Usage DiskThread::usage() const {
    return {bytes_.load(std::memory_order_relaxed), free_bytes_.load(std::memory_order_relaxed),
            syncs_.load(std::memory_order_relaxed)};
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
        work.writes.clear();
        work.fetches.clear();
    }
}

// False when there is no more work and there will be none.
bool DiskThread::wait_for(Work& work) {
    std::unique_lock lock(mutex_);
    work_arrived_.wait_for(lock, measure_interval, [this] { return closing_ || !queue_.empty(); });
    std::swap(work, queue_);
    return !(closing_ && work.empty());
}

Result<void> DiskThread::carry_out(Work& work) {
    if (!work.writes.empty()) {
        if (auto written = store_->write(work.writes); !written.ok()) return written;
        syncs_.store(store_->syncs(), std::memory_order_relaxed);
        report([&](Completions& to) { to.persisted_through = work.writes.back().id; });
    }
    for (const raft::LogFetch& fetch : work.fetches) {
        auto entries = store_->read(fetch);
        if (!entries.ok()) return entries.error();
        report([&](Completions& to) { to.fetched.emplace_back(fetch, std::move(*entries)); });
    }
    return {};
}

template <class Add>
void DiskThread::report(Add add) {
    const std::lock_guard lock(mutex_);
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
        failed_ = true;
        queue_ = {};
    }
    on_failure_(error);
}

}  // namespace kvbus::storage
