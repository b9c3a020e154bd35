// Calls to be made at a time of their own, on the loop thread, which owns this.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace kvbus::client {

class Timers {
  public:
    void add(Instant due, std::function<void()> call) { calls_.emplace(due, std::move(call)); }
    [[nodiscard]] Instant deadline() const { return calls_.empty() ? never : calls_.begin()->first; }

    // Makes the calls that are due, in the order of their times; they may add others.
    void run(Instant now) {
        while (deadline() <= now) {
            const auto call = std::move(calls_.extract(calls_.begin()).mapped());
            call();
        }
    }

  private:
    std::multimap<Instant, std::function<void()>> calls_;
};

}  // namespace kvbus::client
