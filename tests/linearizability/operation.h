// One call of one client on one key, as a history records it. Plain values: any thread.
//
// A history holds, for every key, all calls that could have changed it; a write that is missing looks like a
// read of a value that nobody wrote. Before a history begins there are no keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kvbus::linearizability {

enum class Op : std::uint8_t { put, remove, get };

// `fail`: it had no effect. `unknown`: it takes effect at any time after the call, or never.
enum class Outcome : std::uint8_t { ok, fail, unknown };

// As JSON lines have them: "put", "delete", "get"; "ok", "fail", "unknown".
[[nodiscard]] std::string_view name_of(Op op);
[[nodiscard]] std::string_view name_of(Outcome outcome);

struct Operation {
    std::uint64_t id = 0;  // explanations name it
    std::string client;
    std::uint64_t node = 0;  // that answered; 0: unknown
    Op op = Op::get;
    std::string key;
    std::optional<std::string> value;  // that a put wrote or a get saw; none: there was no such key
    Instant call{};
    Instant returned{};  // no earlier than the call; without meaning when the outcome is unknown
    Outcome outcome = Outcome::ok;
    // Of a write, or the mod_revision that a read saw. 0: not known, not there, or a delete of nothing, which
    // makes no revision.
    std::uint64_t revision = 0;
};

[[nodiscard]] inline bool is_write(const Operation& operation) {
    return operation.op != Op::get;
}

// In one line: #17 client3 get -> "a" [120, 180].
[[nodiscard]] std::string describe(const Operation& operation);
[[nodiscard]] std::string describe(const std::optional<std::string>& value);
// In quotes, without unprintable bytes, and cut when it is long.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace kvbus::linearizability
