#include "system/harness/history.h"

#include <array>
#include <cstdio>

#include "system/harness/wait.h"

namespace kvbus::harness {
namespace {

std::string quoted(std::string_view text) {
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

}  // namespace

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

Outcome outcome_of_write(Code code) {
    if (code == Code::ok) return Outcome::ok;
    return code == Code::outcome_unknown || code == Code::closed ? Outcome::unknown : Outcome::fail;
}

Outcome outcome_of_read(Code code) {
    return code == Code::ok ? Outcome::ok : Outcome::fail;
}

History::History(const std::filesystem::path& file) : file_(file, std::ios::trunc) {
    if (!file_) throw Failure("cannot write the history to " + file.string());
}

void History::add(const Operation& operation) {
    const std::lock_guard lock(mutex_);
    file_ << "{\"id\":" << next_id_++ << ",\"client\":" << quoted(operation.client)
          << ",\"node\":" << operation.node << ",\"op\":" << quoted(operation.op)
          << ",\"key\":" << quoted(operation.key) << ",\"args\":" << quoted(operation.args)
          << ",\"call_ns\":" << operation.call.time_since_epoch().count()
          << ",\"return_ns\":" << operation.returned.time_since_epoch().count()
          << ",\"outcome\":" << quoted(name_of(operation.outcome)) << ",\"revision\":" << operation.revision
          << ",\"value\":" << quoted(operation.value) << "}\n";
}

}  // namespace kvbus::harness
