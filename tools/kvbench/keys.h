// The keys of the load, k000000000000000 and up: sixteen bytes each, in order of their numbers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kvbus::bench {

class Key {
  public:
    explicit Key(std::uint64_t number) {
        for (auto digit = text_.rbegin(); digit != text_.rend() - 1; ++digit, number /= 10)
            *digit = static_cast<char>('0' + number % 10);
        text_.front() = 'k';
    }

    [[nodiscard]] std::string_view view() const { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 16> text_{};
};

}  // namespace kvbus::bench
