// Asks whether anybody listens at an address, by a TCP connection that is closed as soon as it stands. One at
// a time; never blocks. Loop thread.
#pragma once

#include <cstdint>

#include "bus/url.h"

namespace kvbus::bus {

class ConnectProbe {
  public:
    enum class Outcome : std::uint8_t {
        pending,
        accepted,
        refused,  // the machine answers, and nobody listens there
        failed,   // anything else; says nothing about the process
    };

    ConnectProbe() = default;
    ~ConnectProbe() { cancel(); }
    ConnectProbe(const ConnectProbe&) = delete;
    ConnectProbe& operator=(const ConnectProbe&) = delete;

    [[nodiscard]] Outcome start(const SocketAddress& address);  // no other may be pending
    [[nodiscard]] Outcome check();                              // of the pending one
    void cancel();

    [[nodiscard]] bool pending() const { return fd_ >= 0; }
    [[nodiscard]] int fd() const {
        return fd_;
    }  // writable once there is an outcome; -1 when none is pending

  private:
    [[nodiscard]] Outcome conclude(int error);

    int fd_ = -1;
};

}  // namespace kvbus::bus
