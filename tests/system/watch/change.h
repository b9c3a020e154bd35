// One change of a key, as writers are told of it and as watches tell it. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include <kvbus/watch.h>

#include "base/hash.h"

namespace kvbus::watch {

struct Change {
    std::uint32_t key = 0;  // number in the keyspace
    bool is_put = true;
    std::uint64_t value = 0;  // its hash; of a removal 0

    friend auto operator<=>(const Change&, const Change&) = default;
};

[[nodiscard]] inline std::uint64_t value_hash(std::string_view value) {
    return hash_bytes(value);
}

struct Seen {
    std::uint64_t revision = 0;
    Change change;
};

}  // namespace kvbus::watch
