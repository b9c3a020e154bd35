#include "machine/line.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace kvbus::machine {
namespace {

constexpr char separator = '/';
constexpr char after_separator = separator + 1;

}  // namespace

std::string place_in_line(std::string_view name, LeaseId lease) {
    std::array<char, 16> digits;
    char* end = std::to_chars(digits.data(), digits.data() + digits.size(), lease.value, 16).ptr;
    std::string key;
    key.reserve(name.size() + 1 + digits.size());
    key.append(name).push_back(separator);
    return key.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

LineRange range_of_line(std::string_view name) {
    return {std::string(name) + separator, std::string(name) + after_separator};
}

}  // namespace kvbus::machine
