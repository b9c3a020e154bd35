#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "linearizability/history_file.h"

namespace kvbus::linearizability {
namespace {

using Json = nlohmann::json;

// What is wrong with a line. It doesn't leave this file.
struct BadLine : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// None when it is null, too.
const Json* member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& required(const Json& object, const char* name) {
    const auto* found = member(object, name);
    if (found == nullptr) throw BadLine(std::string("\"") + name + "\" is missing");
    return *found;
}

// The parser has made UTF-8 of the text: one or two bytes for each that is meant.
std::string bytes_of(const Json& json, const char* name) {
    if (!json.is_string()) throw BadLine(std::string("\"") + name + "\" is no string");
    const auto& text = json.get_ref<const std::string&>();
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            bytes += text[i];
            continue;
        }
        if (lead > 0xc3) throw BadLine(std::string("\"") + name + "\" has a character above U+00FF");
        bytes += static_cast<char>((lead & 0x03) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
    return bytes;
}

template <class Integer>
Integer number(const Json& json, const char* name) {
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<Integer>(json.get<std::uint64_t>())
                          : json.is_number_integer() && std::in_range<Integer>(json.get<std::int64_t>());
    if (!fits) throw BadLine(std::string("\"") + name + "\" is no integer in its range");
    return json.get<Integer>();
}

template <class Name, std::size_t count>
Name one_of(const std::array<Name, count>& all, const Json& object, const char* name) {
    const auto text = bytes_of(required(object, name), name);
    for (const auto each : all) {
        if (name_of(each) == text) return each;
    }
    throw BadLine(std::string("\"") + name + "\" is " + in_quotes(text));
}

std::optional<std::string> value_of(const Json& object, const Operation& operation) {
    if (operation.op == Op::put) return bytes_of(required(object, "args"), "args");
    const auto* seen = member(object, "value");
    if (operation.op == Op::remove || seen == nullptr) return std::nullopt;
    return bytes_of(*seen, "value");
}

Operation operation_of(const Json& object) {
    if (!object.is_object()) throw BadLine("it is no object");
    const auto time = [&](const char* name) {
        return Instant{Duration{number<std::int64_t>(required(object, name), name)}};
    };
    Operation operation;
    operation.id = number<std::uint64_t>(required(object, "id"), "id");
    operation.client = bytes_of(required(object, "client"), "client");
    if (const auto* node = member(object, "node")) operation.node = number<std::uint64_t>(*node, "node");
    operation.op = one_of(std::array{Op::put, Op::remove, Op::get}, object, "op");
    operation.key = bytes_of(required(object, "key"), "key");
    operation.value = value_of(object, operation);
    operation.outcome = one_of(std::array{Outcome::ok, Outcome::fail, Outcome::unknown}, object, "outcome");
    operation.call = time("call_ns");
    const bool has_returned = operation.outcome == Outcome::ok || member(object, "return_ns") != nullptr;
    operation.returned = has_returned ? time("return_ns") : operation.call;
    if (operation.returned < operation.call) throw BadLine("it returned before it was called");
    if (operation.returned >= never) throw BadLine("\"return_ns\" is no integer in its range");
    if (const auto* revision = member(object, "revision"))
        operation.revision = number<std::uint64_t>(*revision, "revision");
    return operation;
}

// A history that lacks its end also lacks writes that had an effect: no verdict about it would mean anything.
Operation parse(std::string_view line, bool ended) {
    try {
        return operation_of(Json::parse(line));
    } catch (const Json::parse_error& error) {
        if (!ended) throw BadLine("the file ends in the middle of it: was its writer killed?");
        throw BadLine("it is no JSON, at byte " + std::to_string(error.byte));
    }
}

}  // namespace

Result<std::vector<Operation>> read_history(const std::filesystem::path& file, const FileLimits& limits) {
    const auto wrong = [&](Code code, std::uint64_t line, const std::string& what) {
        return Error{code, file.string() + ":" + std::to_string(line) + ": " + what};
    };
    std::ifstream input(file);
    if (!input || std::filesystem::is_directory(file))
        return Error{Code::io, file.string() + ": cannot be read"};
    std::vector<Operation> history;
    std::vector<char> buffer(limits.line_bytes_max + 1);
    std::uint64_t number = 1;
    for (; input.getline(buffer.data(), static_cast<std::streamsize>(buffer.size())); ++number) {
        const bool ended = !input.eof();
        const std::string_view line(buffer.data(),
                                    static_cast<std::size_t>(input.gcount()) - (ended ? 1 : 0));
        if (history.size() == limits.operations_max)
            return wrong(Code::too_large, number,
                         "more than " + std::to_string(limits.operations_max) + " operations");
        try {
            history.push_back(parse(line, ended));
        } catch (const BadLine& bad) {
            return wrong(Code::malformed, number, bad.what());
        }
    }
    if (input.bad()) return wrong(Code::io, number, "cannot be read");
    if (!input.eof())
        return wrong(Code::too_large, number,
                     "longer than " + std::to_string(limits.line_bytes_max) + " bytes");
    return history;
}

}  // namespace kvbus::linearizability
