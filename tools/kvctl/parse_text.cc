#include "kvctl/parse_text.h"

#include <charconv>

#include "kvctl/go_duration.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

constexpr std::string_view digits = "0123456789";

// from_chars takes a prefix; here the whole text must be the number.
template <class T>
std::optional<T> parse_whole(std::string_view text, int base) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// How many digits of which base follow a backslash and this letter.
struct NumberEscape {
    std::size_t length;
    int base;
};
std::optional<NumberEscape> number_escape(char letter) {
    if (letter == 'x') return NumberEscape{2, 16};
    if (letter == 'u') return NumberEscape{4, 16};
    if (letter == 'U') return NumberEscape{8, 16};
    if (letter >= '0' && letter <= '7') return NumberEscape{3, 8};
    return std::nullopt;
}

// Takes an escape, which `text` begins with, and appends what it stands for; returns its length, 0 for none.
std::size_t take_escape(std::string_view text, std::string& out) {
    if (text.size() < 2) return 0;
    const char letter = text[1];
    constexpr std::string_view names = "abfnrtv\"\\";
    constexpr std::string_view named = "\a\b\f\n\r\t\v\"\\";
    if (const std::size_t name = names.find(letter); name != std::string_view::npos) {
        out += named[name];
        return 2;
    }
    const auto escape = number_escape(letter);
    if (!escape) return 0;
    const std::size_t start = escape->base == 8 ? 1 : 2;
    const std::string_view number = text.substr(start, escape->length);
    const auto code = parse_whole<std::uint32_t>(number, escape->base);
    if (number.size() != escape->length || !code) return 0;
    if (letter == 'u' || letter == 'U') {
        if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return 0;
        out += utf8(*code);
    } else {
        if (*code > 0xff) return 0;
        out += static_cast<char>(*code);
    }
    return start + escape->length;
}

std::optional<std::uint32_t> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
    return parse_whole<std::uint64_t>(text, 10);
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    return parse_whole<std::uint64_t>(text, 16);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    return parse_whole<std::int64_t>(text, 10);
}

std::optional<Revision> parse_revision(std::string_view text) {
    const auto number = parse_decimal(text);
    if (!number) return std::nullopt;
    return Revision{*number};
}

std::optional<LeaseId> parse_lease_id(std::string_view text) {
    const auto number = parse_hex(text);
    if (!number) return std::nullopt;
    return LeaseId{*number};
}

std::optional<std::chrono::milliseconds> parse_ttl(std::string_view text) {
    const auto duration = parse_duration(text);
    if (!duration || *duration < std::chrono::milliseconds{1}) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(*duration);
}

std::optional<std::chrono::milliseconds> parse_lease_ttl(std::string_view text) {
    if (!parse_decimal(text)) return parse_ttl(text);
    return parse_ttl(std::string(text) + "s");
}

std::optional<std::string> parse_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string bytes;
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = base64_digit(c);
        if (!digit) return std::nullopt;
        group = group << 6 | *digit;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(group >> bits & 0xff);
        group &= (1U << bits) - 1;
    }
    if (group != 0) return std::nullopt;  // bits that belong to no byte
    return bytes;
}

std::optional<Quoted> parse_quoted(std::string_view text) {
    if (!text.starts_with('"')) return std::nullopt;
    Quoted quoted;
    for (std::size_t at = 1; at < text.size();) {
        if (text[at] == '"') {
            quoted.length = at + 1;
            return quoted;
        }
        if (text[at] == '\\') {
            const std::size_t length = take_escape(text.substr(at), quoted.value);
            if (length == 0) return std::nullopt;
            at += length;
        } else {
            quoted.value += text[at++];
        }
    }
    return std::nullopt;  // no end
}

}  // namespace kvbus::kvctl
