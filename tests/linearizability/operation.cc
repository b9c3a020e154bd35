#include "linearizability/operation.h"

#include <array>
#include <cstdio>

namespace kvbus::linearizability {

std::string_view name_of(Op op) {
    switch (op) {
        case Op::put:
            return "put";
        case Op::remove:
            return "delete";
        case Op::get:
            return "get";
    }
    return "get";
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::ok:
            return "ok";
        case Outcome::fail:
            return "fail";
        case Outcome::unknown:
            return "unknown";
    }
    return "unknown";
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown_max = 48;
    std::string out = "\"";
    for (const char c : text.substr(0, shown_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            out += c;
            continue;
        }
        std::array<char, 5> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
        out += escape.data();
    }
    out += '"';
    if (text.size() > shown_max) out += "... (" + std::to_string(text.size()) + " bytes)";
    return out;
}

std::string describe(const std::optional<std::string>& value) {
    return value ? in_quotes(*value) : "no key";
}

std::string describe(const Operation& operation) {
    auto text = "#" + std::to_string(operation.id) + " " + operation.client + " ";
    text += name_of(operation.op);
    if (operation.op == Op::put) text += " " + describe(operation.value);
    if (operation.op == Op::get) text += " -> " + describe(operation.value);
    text += " [" + std::to_string(operation.call.time_since_epoch().count()) + ", ";
    text += operation.outcome == Outcome::unknown
                ? "?"
                : std::to_string(operation.returned.time_since_epoch().count());
    text += "]";
    if (operation.outcome != Outcome::ok) text += " (" + std::string(name_of(operation.outcome)) + ")";
    return text;
}

}  // namespace kvbus::linearizability
