// What clients asked for and were told, as JSON lines for a checker:
// {"id","client","node","op","key","args","call_ns","return_ns","outcome","revision","value"}. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "base/time.h"

namespace kvbus::harness {

// `fail`: it had no effect. `unknown`: it may take effect at any time after the call.
enum class Outcome : std::uint8_t { ok, fail, unknown };
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] Outcome outcome_of_write(Code code);
// A read has no effect, so that one without an answer failed.
[[nodiscard]] Outcome outcome_of_read(Code code);

struct Operation {
    std::string client;
    std::uint64_t node = 0;  // that answered; 0: unknown
    std::string_view op;     // put, get
    std::string key;
    std::string args;  // the value of a put
    Instant call{};
    Instant returned{};
    Outcome outcome = Outcome::ok;
    std::uint64_t revision = 0;  // of a write; the mod_revision that a read saw, 0 when there was no key
    std::string value;           // that a read saw
};

class History {
  public:
    explicit History(const std::filesystem::path& file);
    void add(const Operation& operation);

  private:
    std::mutex mutex_;
    std::ofstream file_;
    std::uint64_t next_id_ = 1;
};

}  // namespace kvbus::harness
