#include "base/log.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kvbus {
namespace {

// "Services may check whether their own file descriptors match", systemd.exec(5): children inherit the
// variable, but may have another stderr.
bool is_journal(int fd) {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && fstat(fd, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

bool logs_to_journal() {
    static const bool answer = is_journal(STDERR_FILENO);
    return answer;
}

LogLevel level_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return LogLevel::debug;
        case spdlog::level::info:
            return LogLevel::info;
        case spdlog::level::warn:
            return LogLevel::warn;
        default:
            return LogLevel::error;
    }
}

class JournalPriority final : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& out) override {
        const std::string_view priority = journal_priority(level_of(message.level));
        out.append(priority.data(), priority.data() + priority.size());
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<JournalPriority>();
    }
};

std::shared_ptr<spdlog::logger> make_logger() {
    auto logger =
        std::make_shared<spdlog::logger>("kvbus", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<JournalPriority>('*');
    // The journal stamps the time itself.
    formatter->set_pattern(logs_to_journal() ? "%*%l: %v" : "%Y-%m-%dT%H:%M:%S.%e %l: %v");
    logger->set_formatter(std::move(formatter));
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

const char* journal_priority(LogLevel level) {
    if (!logs_to_journal()) return "";
    switch (level) {
        case LogLevel::debug:
            return "<7>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::warn:
            return "<4>";
        case LogLevel::error:
            return "<3>";
    }
    return "";
}

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
