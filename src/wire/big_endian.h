// Numbers as msgpack and the log's keys write them: most significant byte first, at any alignment.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace kvbus::wire {

template <std::unsigned_integral T>
constexpr void store_big_endian(char* to, T number) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        to[i] = static_cast<char>(number >> (8 * (sizeof(T) - 1 - i)));
}

template <std::unsigned_integral T>
constexpr T load_big_endian(const char* from) {
    T number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        number = static_cast<T>((std::uint64_t{number} << 8) | static_cast<unsigned char>(from[i]));
    }
    return number;
}

}  // namespace kvbus::wire
