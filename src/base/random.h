// A small, fast, seedable generator (xoshiro256**, Blackman and Vigna 2018). The same seed gives the same
// stream on every machine, which std's distributions do not promise. Not for secrets.
#pragma once

#include <array>
#include <cstdint>

namespace kvbus {

class Random {
  public:
    explicit Random(std::uint64_t seed);

    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound);                      // uniform in [0, bound); bound > 0
    std::uint64_t between(std::uint64_t low, std::uint64_t high);  // uniform in [low, high]
    bool chance(double probability);

  private:
    std::array<std::uint64_t, 4> state_;
};

// Bytes from the kernel, for seeds and client ids.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace kvbus
