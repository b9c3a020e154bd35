// msgpack-cxx as the second opinion on every byte that our codecs read or write.
#pragma once

#define MSGPACK_NO_BOOST
#include <string>
#include <string_view>

#include <msgpack.hpp>

namespace kvbus::wire::oracle {

inline std::string show(const msgpack::object& object);

inline std::string show_all(const msgpack::object_array& array) {
    std::string text;
    for (std::uint32_t i = 0; i < array.size; ++i)
        text += (i == 0 ? "" : " ") + show(array.ptr[i]);
    return text;
}

// A value as text: 7, -7, true, nil, 'bin', "str", [1 2 3].
inline std::string show(const msgpack::object& object) {
    switch (object.type) {
        case msgpack::type::NIL:
            return "nil";
        case msgpack::type::BOOLEAN:
            return object.via.boolean ? "true" : "false";
        case msgpack::type::POSITIVE_INTEGER:
            return std::to_string(object.via.u64);
        case msgpack::type::NEGATIVE_INTEGER:
            return std::to_string(object.via.i64);
        case msgpack::type::BIN:
            return "'" + std::string(object.via.bin.ptr, object.via.bin.size) + "'";
        case msgpack::type::STR:
            return '"' + std::string(object.via.str.ptr, object.via.str.size) + '"';
        case msgpack::type::ARRAY:
            return "[" + show_all(object.via.array) + "]";
        default:
            return "?";
    }
}

// What msgpack-cxx makes of values back to back; "not msgpack" when it cannot read them to their end.
inline std::string read(std::string_view bytes) {
    std::string text;
    std::size_t offset = 0;
    try {
        while (offset < bytes.size()) {
            const auto value = msgpack::unpack(bytes.data(), bytes.size(), offset);
            text += (text.empty() ? "" : " ") + show(value.get());
        }
    } catch (const msgpack::unpack_error&) {
        return "not msgpack";
    }
    return text;
}

// Bytes of msgpack-cxx's own making: write([](auto& packer) { packer.pack(7); }).
template <class Write>
std::string write(Write&& values) {
    msgpack::sbuffer buffer;
    msgpack::packer<msgpack::sbuffer> packer(buffer);
    values(packer);
    return {buffer.data(), buffer.size()};
}

}  // namespace kvbus::wire::oracle
