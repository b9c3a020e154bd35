// msgpack-cxx as the second opinion on every byte that our codecs read or write.
#pragma once

#define MSGPACK_NO_BOOST
#include <string>
#include <string_view>
#include <vector>

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

// --- damage ------------------------------------------------------------------------------------------------

enum class Edit {
    as_map,    // a type that no reader expects anywhere
    one_more,  // element at the end of an array
    one_less,
};

class Editor {
  public:
    Editor(std::size_t number, Edit edit) : number_(number), edit_(edit), packer_(buffer_) {}

    void copy(const msgpack::object& object) {
        const bool here = count_++ == number_;
        if (here && edit_ == Edit::as_map) {
            packer_.pack_map(0);
        } else if (object.type == msgpack::type::ARRAY) {
            copy_array(object.via.array, here);
        } else {
            packer_.pack(object);
        }
    }
    [[nodiscard]] bool found() const { return count_ > number_; }
    [[nodiscard]] std::string bytes() const { return {buffer_.data(), buffer_.size()}; }

  private:
    void copy_array(const msgpack::object_array& array, bool here) {
        const std::uint32_t size = array.size + (here && edit_ == Edit::one_more) -
                                   (here && edit_ == Edit::one_less && array.size > 0);
        packer_.pack_array(size);
        for (std::uint32_t i = 0; i < size; ++i) {
            if (i < array.size) {
                copy(array.ptr[i]);
            } else {
                packer_.pack_nil();
            }
        }
    }

    std::size_t number_;
    Edit edit_;
    std::size_t count_ = 0;
    msgpack::sbuffer buffer_;
    msgpack::packer<msgpack::sbuffer> packer_;
};

// One copy of a value for each that it is made of, itself included, with that one edited. Without those in
// which there was nothing to edit.
inline std::vector<std::string> edited(std::string_view bytes, Edit edit) {
    std::vector<std::string> all;
    const auto value = msgpack::unpack(bytes.data(), bytes.size());
    for (std::size_t number = 0;; ++number) {
        Editor editor(number, edit);
        editor.copy(value.get());
        if (!editor.found()) return all;
        if (editor.bytes() != bytes) all.push_back(editor.bytes());
    }
}

}  // namespace kvbus::wire::oracle
