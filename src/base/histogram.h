// Counts of values in buckets that grow with the value: 64 per power of two, so a quantile is off by under 2
// %. Fixed memory, no allocation on record().
#pragma once

#include <cstdint>
#include <vector>

namespace kvbus {

class Histogram {
  public:
    Histogram();

    void record(std::uint64_t value);
    void add(const Histogram& other);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t quantile(double q) const;  // q in [0, 1]; 0 when empty

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
};

}  // namespace kvbus
