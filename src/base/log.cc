#include "base/log.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace kvbus {
namespace {

std::shared_ptr<spdlog::logger> make_logger() {
    auto logger =
        std::make_shared<spdlog::logger>("kvbus", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // Under systemd the journal stamps the time itself.
    logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%dT%H:%M:%S.%e %l: %v");
    logger->flush_on(spdlog::level::debug);
    return logger;
}

spdlog::logger& logger() {
    static const auto instance = make_logger();
    return *instance;
}

void write(spdlog::level::level_enum level, std::string_view line) {
    logger().log(level, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace

void set_log_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            logger().set_level(spdlog::level::debug);
            break;
        case LogLevel::info:
            logger().set_level(spdlog::level::info);
            break;
        case LogLevel::warn:
            logger().set_level(spdlog::level::warn);
            break;
        case LogLevel::error:
            logger().set_level(spdlog::level::err);
            break;
    }
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "info") return LogLevel::info;
    if (name == "warn") return LogLevel::warn;
    if (name == "error") return LogLevel::error;
    return std::nullopt;
}

void log_debug(std::string_view line) {
    write(spdlog::level::debug, line);
}
void log_info(std::string_view line) {
    write(spdlog::level::info, line);
}
void log_warn(std::string_view line) {
    write(spdlog::level::warn, line);
}
void log_error(std::string_view line) {
    write(spdlog::level::err, line);
}

std::optional<std::uint64_t> LogGate::pass(Instant now) {
    if (last_ && now - *last_ < interval_) {
        ++held_back_;
        return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
}

}  // namespace kvbus
