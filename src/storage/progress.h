// Lets what takes long say now and then how far it is. One thread.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace kvbus::storage {

class Progress {
  public:
    [[nodiscard]] bool is_due() {
        const Instant now = monotonic_now();
        if (now - told_ < interval) return false;
        told_ = now;
        return true;
    }

  private:
    static constexpr Duration interval = std::chrono::seconds{2};
    Instant told_ = monotonic_now();
};

}  // namespace kvbus::storage
