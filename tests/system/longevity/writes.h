// Puts upon a cluster, many under way at once: how it is filled, and how it is written over. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace kvbus::longevity {

class Writes {
  public:
    // Of values of random bytes, to the first `keys` keys.
    Writes(const std::vector<std::string>& endpoints, std::uint64_t keys, std::uint32_t value_bytes);
    ~Writes();
    Writes(const Writes&) = delete;
    Writes& operator=(const Writes&) = delete;

    // So many more puts, one key after the other; returns when all are acknowledged, with the time that took.
    // Throws Failure when one is not. Shows how far it is on stderr if that is a terminal.
    Duration write(std::uint64_t count);

    [[nodiscard]] static std::string key(std::uint64_t number);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::longevity
