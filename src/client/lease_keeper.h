// When to ask for a lease to be kept alive, and when it is lost. At any time either one keep-alive is under
// way or the next one is due at a known time, so that its owner needs one timer. Pure; owned by one thread.
//
// Always true: a lease counts as alive only until its ttl has passed since a confirmed keep-alive was sent,
// and no answer brings back one that was lost.
#pragma once

#include <chrono>
#include <optional>

#include <kvbus/error.h>

#include "base/time.h"

namespace kvbus::client {

class LeaseKeeper {
  public:
    LeaseKeeper(Instant now, Duration ttl) : ttl_(ttl), expires_(now + ttl) {}

    [[nodiscard]] Instant expires() const { return expires_; }

    // Sends the next keep-alive: how long to wait for its answer. Nothing when the lease is lost.
    [[nodiscard]] std::optional<std::chrono::milliseconds> send(Instant now);

    // What became of it: when the next is due. Nothing when the lease is lost.
    [[nodiscard]] std::optional<Instant> confirmed(Instant now, Duration ttl);
    [[nodiscard]] std::optional<Instant> failed(Instant now, Code code);

  private:
    Duration ttl_;
    Instant sent_{};
    Instant expires_;
};

}  // namespace kvbus::client
