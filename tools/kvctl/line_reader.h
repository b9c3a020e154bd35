// The lines of a stream, one at a time, none longer than the largest request could make it.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

#include <kvbus/error.h>

namespace kvbus::kvctl {

class LineReader {
  public:
    // A value of 1 MiB and a key of 32 KiB, each byte written as \xNN, fit.
    static constexpr std::size_t line_bytes_max = std::size_t{6} << 20;

    explicit LineReader(std::istream& in) : in_(in) {}

    // Without its newline; none at the end. A last line without a newline counts as one.
    [[nodiscard]] Result<std::optional<std::string>> next();
    [[nodiscard]] std::size_t number() const { return number_; }  // of the line that was read last, from 1
    [[nodiscard]] std::string place() const { return "line " + std::to_string(number_) + ": "; }

  private:
    std::istream& in_;
    std::size_t number_ = 0;
};

}  // namespace kvbus::kvctl
