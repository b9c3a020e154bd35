#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "linearizability/history_file.h"

namespace kvbus::linearizability {
namespace {

std::string json(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (byte < 0x20 || byte >= 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string json(const std::optional<std::string>& text) {
    return text ? json(std::string_view(*text)) : "null";
}

std::string return_time(const Operation& operation) {
    if (operation.outcome == Outcome::unknown) return "null";
    return std::to_string(operation.returned.time_since_epoch().count());
}

}  // namespace

HistoryWriter::HistoryWriter(const std::filesystem::path& file) : file_(file, std::ios::trunc) {}

void HistoryWriter::add(const Operation& operation) {
    const std::optional<std::string> none;
    const std::lock_guard lock(mutex_);
    file_ << "{\"id\":" << operation.id << ",\"client\":" << json(std::string_view(operation.client))
          << ",\"node\":" << operation.node << ",\"op\":\"" << name_of(operation.op)
          << "\",\"key\":" << json(std::string_view(operation.key))
          << ",\"args\":" << json(operation.op == Op::put ? operation.value : none)
          << ",\"call_ns\":" << operation.call.time_since_epoch().count()
          << ",\"return_ns\":" << return_time(operation) << ",\"outcome\":\"" << name_of(operation.outcome)
          << "\",\"revision\":" << operation.revision
          << ",\"value\":" << json(operation.op == Op::get ? operation.value : none) << "}\n";
}

bool HistoryWriter::good() {
    const std::lock_guard lock(mutex_);
    return file_.flush().good();
}

}  // namespace kvbus::linearizability
