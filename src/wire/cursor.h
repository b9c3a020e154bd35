// Reads msgpack values from bytes that anyone may have sent. Allocates nothing, copies nothing, never reads
// past the end: strings come back as views. The first value that is truncated or of another type than asked
// for fails the cursor for good; from then on every read gives zero or nothing, so that callers check ok()
// once, at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "wire/big_endian.h"

namespace kvbus::wire {

class Cursor {
  public:
    explicit Cursor(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::string_view rest() const { return {at_, remaining()}; }
    [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

    std::uint64_t uint();    // in any of msgpack's integer formats
    std::int64_t integer();  // the same
    bool boolean();
    std::string_view bytes();  // a bin or a str
    std::size_t array();       // the count of values that follow, never more than the bytes left could hold
    void skip();               // one value of any type, arrays and maps no deeper than depth_max

    void fail() {
        ok_ = false;
        at_ = end_;
    }

    static constexpr int depth_max = 32;

  private:
    unsigned tag() { return at_ == end_ ? invalid : static_cast<unsigned char>(*at_++); }
    template <std::unsigned_integral T>
    T number();
    std::string_view take(std::size_t size);
    std::size_t count(std::size_t announced, std::size_t values_each);
    void skip(int depth);
    void skip_values(std::size_t values, int depth);

    static constexpr unsigned invalid = 0xc1;  // the one byte that starts no msgpack value

    const char* at_;
    const char* end_;
    bool ok_ = true;
};

template <std::unsigned_integral T>
inline T Cursor::number() {
    if (remaining() < sizeof(T)) {
        fail();
        return 0;
    }
    const T value = load_big_endian<T>(at_);
    at_ += sizeof(T);
    return value;
}

inline std::string_view Cursor::take(std::size_t size) {
    if (!ok_ || remaining() < size) {
        fail();
        return {};
    }
    const std::string_view view{at_, size};
    at_ += size;
    return view;
}

inline std::uint64_t Cursor::uint() {
    const unsigned kind = tag();
    if (kind < 0x80) return kind;
    switch (kind) {
        case 0xcc:
            return number<std::uint8_t>();
        case 0xcd:
            return number<std::uint16_t>();
        case 0xce:
            return number<std::uint32_t>();
        case 0xcf:
            return number<std::uint64_t>();
        default:
            break;
    }
    if (kind < 0xd0 || kind > 0xd3) {
        fail();
        return 0;
    }
    --at_;
    const std::int64_t value = integer();  // some encoders write small positive numbers as signed ones
    if (value < 0) fail();
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

inline std::int64_t Cursor::integer() {
    const unsigned kind = tag();
    if (kind < 0x80 || kind >= 0xe0) return static_cast<std::int8_t>(kind);
    switch (kind) {
        case 0xd0:
            return static_cast<std::int8_t>(number<std::uint8_t>());
        case 0xd1:
            return static_cast<std::int16_t>(number<std::uint16_t>());
        case 0xd2:
            return static_cast<std::int32_t>(number<std::uint32_t>());
        case 0xd3:
            return static_cast<std::int64_t>(number<std::uint64_t>());
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf:
            break;
        default:
            fail();
            return 0;
    }
    --at_;
    const std::uint64_t value = uint();
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        fail();
        return 0;
    }
    return static_cast<std::int64_t>(value);
}

inline bool Cursor::boolean() {
    const unsigned kind = tag();
    if (kind != 0xc2 && kind != 0xc3) fail();
    return kind == 0xc3;
}

inline std::string_view Cursor::bytes() {
    const unsigned kind = tag();
    if (kind >= 0xa0 && kind < 0xc0) return take(kind & 0x1f);
    switch (kind) {
        case 0xc4:
        case 0xd9:
            return take(number<std::uint8_t>());
        case 0xc5:
        case 0xda:
            return take(number<std::uint16_t>());
        case 0xc6:
        case 0xdb:
            return take(number<std::uint32_t>());
        default:
            fail();
            return {};
    }
}

inline std::size_t Cursor::count(std::size_t announced, std::size_t values_each) {
    if (ok_ && announced * values_each <= remaining()) return announced;  // a value takes at least one byte
    fail();
    return 0;
}

inline std::size_t Cursor::array() {
    const unsigned kind = tag();
    if (kind >= 0x90 && kind < 0xa0) return count(kind & 0x0f, 1);
    if (kind == 0xdc) return count(number<std::uint16_t>(), 1);
    if (kind == 0xdd) return count(number<std::uint32_t>(), 1);
    fail();
    return 0;
}

}  // namespace kvbus::wire
