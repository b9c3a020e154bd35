// Codes as the wire carries them.
#pragma once

#include <cstdint>

#include <kvbus/error.h>

namespace kvbus::wire {

// A code of a later version is an error still.
constexpr Code code_from(std::uint64_t number) {
    return number <= static_cast<std::uint64_t>(Code::compare_failed) ? static_cast<Code>(number)
                                                                      : Code::internal;
}

}  // namespace kvbus::wire
