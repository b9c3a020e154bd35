#include "client/scan_size.h"

#include <algorithm>

namespace kvbus::client {
namespace {

constexpr std::uint64_t part_bytes = 1 << 20;
constexpr std::uint64_t part_keys_max = 16'384;
constexpr std::uint64_t growth_max = 4;  // from part to part: the keys ahead may be larger

}  // namespace

void ScanSize::seen(std::span<const KeyValue> part) {
    if (part.empty()) return;
    std::uint64_t bytes = 0;
    for (const KeyValue& kv : part)
        bytes += kv.key.size() + kv.value.size();
    const std::uint64_t fitting = part_bytes * part.size() / std::max<std::uint64_t>(bytes, 1);
    keys_ = std::clamp<std::uint64_t>(std::min(fitting, keys_ * growth_max), 1, part_keys_max);
}

bool ScanSize::halve() {
    if (keys_ == 1) return false;
    keys_ /= 2;
    return true;
}

}  // namespace kvbus::client
