// A range of keys as requests give it: [key, range_end); the key alone when range_end is empty; every key
// from `key` on when it is "\0". A view: the bytes are the caller's.
#pragma once

#include <string_view>

namespace kvbus::machine {

struct KeySpan {
    std::string_view key;
    std::string_view range_end;

    [[nodiscard]] bool is_point() const { return range_end.empty(); }
    [[nodiscard]] bool is_open_ended() const { return range_end == std::string_view{"\0", 1}; }
    // All keys that begin with `key`, as prefix_end() says it; not those of 0xff bytes only.
    [[nodiscard]] bool is_prefix() const {
        const auto last = key.find_last_not_of('\xff');
        return last != std::string_view::npos && range_end.size() == last + 1 &&
               range_end.substr(0, last) == key.substr(0, last) &&
               static_cast<unsigned char>(range_end[last]) == static_cast<unsigned char>(key[last]) + 1;
    }
    [[nodiscard]] bool contains(std::string_view other) const {
        if (is_point()) return other == key;
        return other >= key && (is_open_ended() || other < range_end);
    }
};

}  // namespace kvbus::machine
