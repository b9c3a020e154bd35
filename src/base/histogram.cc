#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kvbus {
namespace {

constexpr int sub_bits = 6;
constexpr std::uint64_t sub_count = 1 << sub_bits;
constexpr std::size_t bucket_count = (64 - sub_bits + 1) * sub_count;

std::size_t bucket_of(std::uint64_t value) {
    if (value < sub_count) return value;
    const int shift = std::bit_width(value) - 1 - sub_bits;
    return (shift + 1) * sub_count + ((value >> shift) - sub_count);
}

std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < sub_count) return bucket;
    const auto shift = bucket / sub_count - 1;
    const std::uint64_t low = (bucket % sub_count + sub_count) << shift;
    return low + ((std::uint64_t{1} << shift) >> 1);
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_count) {}

void Histogram::record(std::uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
}

void Histogram::add(const Histogram& other) {
    std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus<>{});
    count_ += other.count_;
}

std::uint64_t Histogram::quantile(double q) const {
    if (count_ == 0) return 0;
    const auto rank =
        std::min(count_ - 1, static_cast<std::uint64_t>(std::floor(q * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen > rank) return middle_of(bucket);
    }
    return middle_of(buckets_.size() - 1);
}

}  // namespace kvbus
