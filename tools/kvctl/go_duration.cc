#include "kvctl/go_duration.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace kvbus::kvctl {
namespace {

struct Unit {
    std::string_view name;
    double nanoseconds;
};
constexpr Unit units[] = {{"ns", 1},  {"us", 1e3}, {"\u00b5s", 1e3}, {"ms", 1e6},
                          {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
constexpr double nanoseconds_max = 1e18;  // 31 years

// 1234567 with 6 digits after the point is 1.234567; zeros at the end are left out.
std::string with_fraction(std::uint64_t number, int digits) {
    std::string text = std::to_string(number);
    if (digits == 0) return text;
    const auto width = static_cast<std::size_t>(digits);
    if (text.size() <= width) text = std::string(width + 1 - text.size(), '0') + text;
    text = text.substr(0, text.size() - width) + "." + text.substr(text.size() - width);
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text == "0") return Duration{};
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        const std::size_t digits = text.find_first_not_of("0123456789.");
        double number = 0;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + std::min(digits, text.size()), number);
        if (error != std::errc{} || digits == std::string_view::npos || end != text.data() + digits)
            return std::nullopt;
        text.remove_prefix(digits);

        const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
        double factor = 0;
        for (const Unit& unit : units) {
            if (unit.name == name) factor = unit.nanoseconds;
        }
        if (factor == 0) return std::nullopt;
        total += number * factor;
        text.remove_prefix(name.size());
    }
    if (total > nanoseconds_max) return std::nullopt;
    return Duration{std::llround(total)};
}

std::string format_duration(Duration duration) {
    auto nanoseconds = static_cast<std::uint64_t>(duration.count());
    constexpr std::uint64_t second = 1'000'000'000;
    if (nanoseconds == 0) return "0s";
    if (nanoseconds < 1'000) return std::to_string(nanoseconds) + "ns";
    if (nanoseconds < 1'000'000) return with_fraction(nanoseconds, 3) + "\u00b5s";
    if (nanoseconds < second) return with_fraction(nanoseconds, 6) + "ms";

    const std::uint64_t minutes = nanoseconds / (60 * second);
    std::string text;
    if (minutes >= 60) text += std::to_string(minutes / 60) + "h";
    if (minutes > 0) text += std::to_string(minutes % 60) + "m";
    return text + with_fraction(nanoseconds % (60 * second), 9) + "s";
}

}  // namespace kvbus::kvctl
