#include "system/failover/stream.h"

#include <utility>

#include "base/clock.h"

namespace kvbus::failover {

Stream::Stream(std::vector<std::string> endpoints, Duration interval)
    : interval_(interval), client_({.endpoints = std::move(endpoints)}), thread_([this] { run(); }) {}

Stream::~Stream() {
    stop();
}

void Stream::measure(Instant since, std::uint64_t term) {
    const std::lock_guard lock(mutex_);
    measured_from_ = since;
    old_term_ = term;
    first_.reset();
}

std::optional<Duration> Stream::first_acknowledged() const {
    const std::lock_guard lock(mutex_);
    if (!first_) return std::nullopt;
    return *first_ - measured_from_;
}

Stream::Counts Stream::stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return under_way_ == 0; });
    lock.unlock();
    if (thread_.joinable()) thread_.join();
    lock.lock();
    return counts_;
}

void Stream::run() {
    std::unique_lock lock(mutex_);
    for (std::uint64_t number = 0; !stopping_; ++number) {
        ++under_way_;
        lock.unlock();
        const auto call = monotonic_now();
        client_.put_async("failover", std::to_string(number), {},
                          [this, call](const Result<PutResult>& result) { answered(call, result); });
        lock.lock();
        changed_.wait_for(lock, interval_, [&] { return stopping_; });
    }
}

void Stream::answered(Instant call, const Result<PutResult>& result) {
    const auto returned = monotonic_now();
    const std::lock_guard lock(mutex_);
    --under_way_;
    ++(result.ok() ? counts_.acknowledged : counts_.others);
    const bool counts = result.ok() && call >= measured_from_ && result->header.term > old_term_;
    if (counts && !first_) first_ = returned;
    changed_.notify_all();
}

}  // namespace kvbus::failover
