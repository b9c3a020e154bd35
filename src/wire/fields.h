// The elements of one msgpack array in order, under the rule that lets versions mix: elements that the sender
// did not know of read as their default, elements that the reader does not know are skipped by finish(). A
// failure fails the cursor; position() then still names the element at which it happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/cursor.h"

namespace kvbus::wire {

class Fields {
  public:
    explicit Fields(Cursor& cursor) : cursor_(cursor), count_(cursor.array()) {}

    [[nodiscard]] bool ok() const { return cursor_.ok(); }
    [[nodiscard]] std::size_t count() const { return count_; }        // in the array
    [[nodiscard]] std::size_t position() const { return position_; }  // of the element read last, from 1
    [[nodiscard]] std::size_t remaining() const { return cursor_.remaining(); }  // bytes
    [[nodiscard]] bool done() const { return position_ >= count_; }

    std::uint64_t uint() { return advance() ? cursor_.uint() : 0; }
    std::int64_t integer() { return advance() ? cursor_.integer() : 0; }
    bool boolean() { return advance() && cursor_.boolean(); }
    std::string_view bytes() { return advance() ? cursor_.bytes() : std::string_view{}; }
    Fields nested() {
        advance();
        return Fields(cursor_);
    }

    std::uint64_t uint_or(std::uint64_t fallback) { return done() ? fallback : uint(); }
    std::int64_t integer_or(std::int64_t fallback) { return done() ? fallback : integer(); }
    std::string_view bytes_or(std::string_view fallback) { return done() ? fallback : bytes(); }

    void finish() {
        while (ok() && !done()) {
            ++position_;
            cursor_.skip();
        }
    }
    void fail() { cursor_.fail(); }

    // For arrays in which nothing may be skipped.
    void finish_exactly() {
        if (!done()) cursor_.fail();
    }

  private:
    bool advance() {
        if (!cursor_.ok()) return false;
        if (++position_ <= count_) return true;
        cursor_.fail();
        return false;
    }

    Cursor& cursor_;
    std::size_t count_;
    std::size_t position_ = 0;
};

}  // namespace kvbus::wire
