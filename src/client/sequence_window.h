// Numbers a client's writes and knows the lowest one whose answer is still awaited, which is what lets the
// cluster forget the answers below it. Owned by one thread.
//
// Always true: first_unanswered() is the lowest open number, or the next one to be opened when none is open;
// open numbers span at most `size`, the number of answers that the cluster keeps for a client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace kvbus::client {

class SequenceWindow {
  public:
    explicit SequenceWindow(std::size_t size) : closed_(size) {}

    [[nodiscard]] bool full() const { return next_ - first_ == closed_.size(); }
    [[nodiscard]] Sequence open();  // not when full
    void close(Sequence sequence);  // an open one
    [[nodiscard]] Sequence first_unanswered() const { return Sequence{first_}; }

  private:
    std::vector<bool> closed_;  // a ring over [first_, next_)
    std::uint64_t first_ = 1;
    std::uint64_t next_ = 1;
};

}  // namespace kvbus::client
