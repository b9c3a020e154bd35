// The process's log: lines on stderr, with the level as journald reads it when systemd starts us. Any thread.
// Callers format with fmt; this header stays free of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace kvbus {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

// "<3>" and the like in front of a line when stderr goes to the journal, by which it knows how bad the line
// is; otherwise nothing. For what is printed past this log. See sd-daemon(3).
[[nodiscard]] const char* journal_priority(LogLevel level);

void set_log_level(LogLevel level);                                       // default: info
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view);  // "debug" … "error"

void log_debug(std::string_view line);
void log_info(std::string_view line);
void log_warn(std::string_view line);
void log_error(std::string_view line);

// Lets one line through per interval, so that nobody can fill the log from outside. One thread.
class LogGate {
  public:
    explicit LogGate(Duration interval) : interval_(interval) {}

    // The number of lines held back since the last one that passed, or nothing when this one is held back
    // too.
    [[nodiscard]] std::optional<std::uint64_t> pass(Instant now);

  private:
    Duration interval_;
    std::optional<Instant> last_;
    std::uint64_t held_back_ = 0;
};

}  // namespace kvbus
