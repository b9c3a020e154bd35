// Turns a call with a callback into one that waits. The callback may come on any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include <kvbus/error.h>

namespace kvbus::client {

// Starts the call with `start(callback)` and returns what the callback is called with.
template <class T, class Start>
Result<T> wait_for(Start&& start) {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Result<T>> result;

    start(std::function<void(Result<T>)>([&](Result<T> answer) {
        const std::lock_guard lock(mutex);
        result.emplace(std::move(answer));
        answered.notify_one();  // under the lock: the waiting side destroys the condition once it may leave
    }));
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return result.has_value(); });
    return std::move(*result);
}

}  // namespace kvbus::client
