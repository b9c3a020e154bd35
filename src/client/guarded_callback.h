// A callback that its owner may give up on another thread: once cancel() has returned, it does not run, will
// not, and what it holds is gone. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace kvbus::client {

template <class Signature>
class GuardedCallback {
  public:
    explicit GuardedCallback(std::function<Signature> callback) : callback_(std::move(callback)) {}

    template <class... Arguments>
    void operator()(Arguments&&... arguments) {
        run([&] {
            if (callback_) callback_(std::forward<Arguments>(arguments)...);
        });
    }

    // The same for anything else that must end with it. One at a time, but for what is run within another.
    template <class F>
    void run(F&& call) {
        std::function<Signature> released;  // destroyed without the lock
        const auto self = std::this_thread::get_id();
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [&] { return runner_ == nobody || runner_ == self; });
        if (cancelled_) return;
        const auto outer = std::exchange(runner_, self);
        lock.unlock();
        std::forward<F>(call)();
        lock.lock();
        runner_ = outer;
        if (cancelled_within_ && runner_ == nobody) released = std::exchange(callback_, nullptr);
        idle_.notify_all();
        lock.unlock();
    }

    // Waits for what is running, unless called within it: then the callback is gone when that returns.
    void cancel() {
        std::function<Signature> released;
        std::unique_lock lock(mutex_);
        cancelled_ = true;
        idle_.wait(lock, [&] { return runner_ == nobody || runner_ == std::this_thread::get_id(); });
        if (runner_ == nobody) {
            released = std::exchange(callback_, nullptr);
        } else {
            cancelled_within_ = true;
        }
        lock.unlock();
    }

    [[nodiscard]] bool cancelled() const {
        const std::lock_guard lock(mutex_);
        return cancelled_;
    }

  private:
    inline static const std::thread::id nobody{};

    mutable std::mutex mutex_;
    std::condition_variable idle_;
    std::function<Signature> callback_;
    std::thread::id runner_ = nobody;
    bool cancelled_ = false;
    bool cancelled_within_ = false;  // what it holds is released when it returns
};

}  // namespace kvbus::client
