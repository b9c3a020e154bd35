// A loopback port that nobody else gets while this lives: it is bound, not listened on, and so can be bound
// once more by whoever sets SO_REUSEADDR, as libzmq does.
#pragma once

#include <cstdint>
#include <string>

namespace kvbus::bus::test {

class ReservedPort {
  public:
    ReservedPort();
    ~ReservedPort();
    ReservedPort(const ReservedPort&) = delete;
    ReservedPort& operator=(const ReservedPort&) = delete;

    [[nodiscard]] std::uint16_t number() const { return number_; }
    [[nodiscard]] std::string url() const { return "tcp://127.0.0.1:" + std::to_string(number_); }

  private:
    int fd_;
    std::uint16_t number_ = 0;
};

}  // namespace kvbus::bus::test
