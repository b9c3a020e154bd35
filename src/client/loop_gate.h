// The way to a client's loop for what may outlive the client, as a watch may. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>

#include <kvbus/error.h>

#include "base/time.h"
#include "client/loop.h"

namespace kvbus::client {

class LoopGate {
  public:
    explicit LoopGate(Loop* loop) : loop_(loop) {}

    // As Loop::enqueue(); closed once the client is gone.
    [[nodiscard]] Result<void> enqueue(const Operation& operation, Callback& done, const Route& route = {});
    // On the loop thread only; nothing once the client is gone.
    void call_at(Instant due, std::function<void()> call);

    // The loop is about to be destroyed.
    void close();

    // A watch holds one of a bounded number of places from its beginning until it is destroyed. False: none
    // is left.
    [[nodiscard]] bool enter_watch();
    void leave_watch() { --watches_; }

  private:
    std::mutex mutex_;
    Loop* loop_;
    std::atomic<std::size_t> watches_ = 0;
};

}  // namespace kvbus::client
