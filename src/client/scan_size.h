// How many keys a part of a scan asks for, so that it takes about as many bytes as it should: learned from
// the parts before. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <kvbus/types.h>

namespace kvbus::client {

class ScanSize {
  public:
    [[nodiscard]] std::uint64_t keys() const { return keys_; }
    void seen(std::span<const KeyValue> part);
    // The part was too large for a reply. False when it was a single key: fewer cannot be asked for.
    [[nodiscard]] bool halve();

  private:
    std::uint64_t keys_ = 256;
};

}  // namespace kvbus::client
