#include "kvctl/text_forms.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace kvbus::kvctl {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_hex_byte(std::string& out, unsigned char byte) {
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
}

// The length of the UTF-8 character that the text begins with; 0 when it begins with none.
std::size_t utf8_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
    }
    // Longer than needed, a surrogate, or beyond U+10FFFF.
    if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) >= 0xa0)) return 0;
    if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) >= 0x90)) return 0;
    return length;
}

bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7f ||
           (first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0);
}

}  // namespace

std::string hex_bytes(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 4);
    for (const char byte : bytes) {
        out += "\\x";
        append_hex_byte(out, static_cast<unsigned char>(byte));
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j)
            out += j <= count ? alphabet[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

std::string go_quoted(std::string_view bytes) {
    std::string out = "\"";
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        const std::string_view character = bytes.substr(0, length == 0 ? 1 : length);
        constexpr std::string_view named = "\a\b\f\n\r\t\v\"\\";
        constexpr std::string_view names = "abfnrtv\"\\";
        if (const std::size_t name = named.find(character[0]); name != std::string_view::npos) {
            out += '\\';
            out += names[name];
        } else if (length == 0 || is_control(character)) {
            for (const char byte : character) {
                out += "\\x";
                append_hex_byte(out, static_cast<unsigned char>(byte));
            }
        } else {
            out += character;
        }
        bytes.remove_prefix(character.size());
    }
    return out + '"';
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, length == 0 ? 1 : length);
        if (length == 0) {
            out += "\\ufffd";
        } else if (character == "\"" || character == "\\") {
            out += '\\';
            out += character;
        } else if (length == 1 && is_control(character)) {
            out += "\\u00";
            append_hex_byte(out, static_cast<unsigned char>(character[0]));
        } else {
            out += character;
        }
        text.remove_prefix(character.size());
    }
    return out + '"';
}

std::string hex_number(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
    return text;
}

std::string lease_text(LeaseId lease) {
    const std::string digits = hex_number(lease.value);
    return std::string(16 - digits.size(), '0') + digits;
}

std::string seconds_text(std::chrono::milliseconds time) {
    std::string text = std::to_string(time.count() / 1000);
    const auto rest = time.count() % 1000;
    if (rest == 0) return text;
    text += "." + std::to_string(1000 + rest).substr(1);
    while (text.back() == '0')
        text.pop_back();
    return text;
}

std::string utc_text(std::chrono::milliseconds time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{sys_days{day}};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes < 10) return std::to_string(bytes) + " B";
    constexpr std::array<const char*, 7> units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1000 && unit + 1 < units.size(); ++unit)
        value /= 1000;
    value = std::floor(value * 10 + 0.5) / 10;
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

std::string utf8(std::uint32_t character) {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
    const auto tail = [&](int shift) { return byte(0x80 | (character >> shift & 0x3f)); };
    if (character < 0x80) return {byte(character)};
    if (character < 0x800) return {byte(0xc0 | character >> 6), tail(0)};
    if (character < 0x10000) return {byte(0xe0 | character >> 12), tail(6), tail(0)};
    return {byte(0xf0 | character >> 18), tail(12), tail(6), tail(0)};
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace kvbus::kvctl
