// Loopback ports that are free, and stay ours while this lives: no other test takes them, in this process or
// another, and no outgoing connection gets them, since they lie below the range that the kernel hands out.
// Restarting a node on its old port therefore always works. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kvbus::harness {

class Port {
  public:
    Port();
    ~Port();
    Port(Port&& other) noexcept;
    Port& operator=(Port&&) = delete;

    [[nodiscard]] std::uint16_t number() const { return number_; }
    [[nodiscard]] std::string url() const { return "tcp://127.0.0.1:" + std::to_string(number_); }

  private:
    friend std::vector<Port> reserve_ports(const std::vector<std::uint16_t>& distances);
    Port(std::uint16_t number, int reservation) : number_(number), reservation_(reservation) {}

    std::uint16_t number_ = 0;
    int reservation_ = -1;  // -1: moved from
};

// Ports at these distances from the first one; distances[0] is 0.
[[nodiscard]] std::vector<Port> reserve_ports(const std::vector<std::uint16_t>& distances);

}  // namespace kvbus::harness
