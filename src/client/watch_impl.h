// One watch of a client: asks for its changes one request after the other, and tells them. A request is sent
// only when the batch before has been dealt with, so nothing queues anywhere.
//
// Any thread may own it. Always true: at most one request is under way; after cancel() nothing is told.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <kvbus/watch.h>

#include "client/callbacks.h"
#include "client/guarded_callback.h"
#include "client/loop_gate.h"
#include "client/watch_place.h"

namespace kvbus {

class Watch::Impl : public std::enable_shared_from_this<Watch::Impl> {
  public:
    // When the next batch is asked for: when `tell` has returned, or when next() is called.
    enum class Pace : std::uint8_t { automatic, asked };

    // `tell` runs on the loop thread, or at once when the watch cannot even begin. An error is the last.
    Impl(std::shared_ptr<client::LoopGate> gate, std::string_view key, const WatchOptions& options, Pace pace,
         OnWatch tell);
    ~Impl();

    void start();
    void next();
    // Waits for a `tell` that is running, unless called in it.
    void cancel() { tell_.cancel(); }

    // Other callbacks that end with the watch.
    template <class F>
    void run(F&& call) {
        tell_.run(std::forward<F>(call));
    }
    [[nodiscard]] client::LoopGate& gate() const { return *gate_; }

  private:
    void answered(Result<client::WatchAnswer> answer);

    std::shared_ptr<client::LoopGate> gate_;
    bool entered_;
    Pace pace_;
    client::WatchPlace place_;
    client::GuardedCallback<void(Result<WatchBatch>)> tell_;
};

}  // namespace kvbus
