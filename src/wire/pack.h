// Appends msgpack values to a string, each in its shortest form. What an array announces, the caller must
// append.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/big_endian.h"

namespace kvbus::wire {

class Packer {
  public:
    explicit Packer(std::string& out) : out_(out) {}

    void nil() { byte(0xc0); }
    void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
    void uint(std::uint64_t number);
    void integer(std::int64_t number);
    void int64(std::int64_t number) {
        tagged(0xd3, static_cast<std::uint64_t>(number));
    }  // nine bytes, always
    void bytes(std::string_view content);
    void text(std::string_view content);
    void array(std::size_t count);

  private:
    static std::uint32_t length(std::size_t size) {
        KV_CHECK(size <= std::numeric_limits<std::uint32_t>::max(), "more than msgpack can express");
        return static_cast<std::uint32_t>(size);
    }
    void byte(unsigned value) { out_.push_back(static_cast<char>(value)); }

    template <std::unsigned_integral T>
    void tagged(unsigned tag, T number) {
        char value[1 + sizeof(T)];
        value[0] = static_cast<char>(tag);
        store_big_endian(value + 1, number);
        out_.append(value, sizeof value);
    }

    std::string& out_;
};

inline void Packer::uint(std::uint64_t number) {
    if (number < 0x80) return byte(static_cast<unsigned>(number));
    if (number <= 0xff) return tagged(0xcc, static_cast<std::uint8_t>(number));
    if (number <= 0xffff) return tagged(0xcd, static_cast<std::uint16_t>(number));
    if (number <= 0xffffffff) return tagged(0xce, static_cast<std::uint32_t>(number));
    tagged(0xcf, number);
}

inline void Packer::integer(std::int64_t number) {
    if (number >= 0) return uint(static_cast<std::uint64_t>(number));
    const auto bits = static_cast<std::uint64_t>(number);
    if (number >= -0x20) return byte(static_cast<unsigned>(bits & 0xff));
    if (number >= std::numeric_limits<std::int8_t>::min())
        return tagged(0xd0, static_cast<std::uint8_t>(bits));
    if (number >= std::numeric_limits<std::int16_t>::min())
        return tagged(0xd1, static_cast<std::uint16_t>(bits));
    if (number >= std::numeric_limits<std::int32_t>::min())
        return tagged(0xd2, static_cast<std::uint32_t>(bits));
    tagged(0xd3, bits);
}

inline void Packer::bytes(std::string_view content) {
    const std::uint32_t size = length(content.size());
    if (size <= 0xff) {
        tagged(0xc4, static_cast<std::uint8_t>(size));
    } else if (size <= 0xffff) {
        tagged(0xc5, static_cast<std::uint16_t>(size));
    } else {
        tagged(0xc6, size);
    }
    out_.append(content);
}

inline void Packer::text(std::string_view content) {
    const std::uint32_t size = length(content.size());
    if (size < 0x20) {
        byte(0xa0 | size);
    } else if (size <= 0xff) {
        tagged(0xd9, static_cast<std::uint8_t>(size));
    } else if (size <= 0xffff) {
        tagged(0xda, static_cast<std::uint16_t>(size));
    } else {
        tagged(0xdb, size);
    }
    out_.append(content);
}

inline void Packer::array(std::size_t count) {
    const std::uint32_t size = length(count);
    if (size < 0x10) {
        byte(0x90 | size);
    } else if (size <= 0xffff) {
        tagged(0xdc, static_cast<std::uint16_t>(size));
    } else {
        tagged(0xdd, size);
    }
}

}  // namespace kvbus::wire
