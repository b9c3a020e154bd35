#include "wire/cursor.h"

namespace kvbus::wire {

void Cursor::skip() {
    skip(depth_max);
}

void Cursor::skip(int depth) {
    const unsigned kind = tag();
    if (kind < 0x80 || kind >= 0xe0) return;                                    // small integers
    if (kind < 0x90) return skip_values(2 * count(kind & 0x0f, 2), depth - 1);  // map
    if (kind < 0xa0) return skip_values(count(kind & 0x0f, 1), depth - 1);      // array
    if (kind < 0xc0) return static_cast<void>(take(kind & 0x1f));               // str
    switch (kind) {
        case 0xc0:  // nil
        case 0xc2:  // false
        case 0xc3:  // true
            return;
        case 0xc4:  // bin
        case 0xd9:  // str
            return static_cast<void>(take(number<std::uint8_t>()));
        case 0xc5:
        case 0xda:
            return static_cast<void>(take(number<std::uint16_t>()));
        case 0xc6:
        case 0xdb:
            return static_cast<void>(take(number<std::uint32_t>()));
        case 0xc7:  // ext: a length, a type, the content
            return static_cast<void>(take(std::size_t{1} + number<std::uint8_t>()));
        case 0xc8:
            return static_cast<void>(take(std::size_t{1} + number<std::uint16_t>()));
        case 0xc9:
            return static_cast<void>(take(std::size_t{1} + number<std::uint32_t>()));
        case 0xcc:  // integers
        case 0xd0:
            return static_cast<void>(take(1));
        case 0xcd:
        case 0xd1:
            return static_cast<void>(take(2));
        case 0xce:
        case 0xd2:
        case 0xca:  // float
            return static_cast<void>(take(4));
        case 0xcf:
        case 0xd3:
        case 0xcb:
            return static_cast<void>(take(8));
        case 0xd4:  // ext of 1, 2, 4, 8 and 16 bytes
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
            return static_cast<void>(take(1 + (std::size_t{1} << (kind - 0xd4))));
        case 0xdc:
            return skip_values(count(number<std::uint16_t>(), 1), depth - 1);
        case 0xdd:
            return skip_values(count(number<std::uint32_t>(), 1), depth - 1);
        case 0xde:
            return skip_values(2 * count(number<std::uint16_t>(), 2), depth - 1);
        case 0xdf:
            return skip_values(2 * count(number<std::uint32_t>(), 2), depth - 1);
        default:
            return fail();
    }
}

void Cursor::skip_values(std::size_t values, int depth) {
    if (depth < 0) return fail();
    for (; values > 0 && ok_; --values)
        skip(depth);
}

}  // namespace kvbus::wire
