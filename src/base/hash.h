// XXH3-64 (libxxhash): the checksum of log records and the sum behind the state hash. Not for adversaries.
#pragma once

#include <cstdint>
#include <string_view>

namespace kvbus {

[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace kvbus
