#include "storage/errors.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "storage/data_dir.h"

namespace kvbus::storage {

Error no_space(const std::filesystem::path& dir, std::string_view doing) {
    return {Code::no_space,
            fmt::format("cannot {}: no space left, {} bytes free for {}; free some and start again", doing,
                        measure(dir).free_bytes, dir.native())};
}

Error damaged(const std::filesystem::path& dir, std::string_view what) {
    return {
        Code::damaged,
        fmt::format(
            "the log in {} is damaged: {}; it may lack acknowledged writes, so this node stays down: keep "
            "the directory, and let a new member under a new name take its place",
            dir.native(), what)};
}

Error located(const std::filesystem::path& dir, std::string_view where, const Error& error) {
    if (error.code == Code::damaged) return damaged(dir, fmt::format("{}{}", where, error.message));
    return {error.code, fmt::format("{}: {}{}", dir.native(), where, error.message)};
}

Error system_error(const std::filesystem::path& dir, std::string_view doing, int number) {
    if (number == ENOSPC || number == EDQUOT) return no_space(dir, doing);
    const std::string reason = std::generic_category().message(number);
    if (number == EACCES || number == EPERM || number == EROFS) {
        return {Code::io,
                fmt::format("cannot {}: {}; let this user write there, or choose another --data-dir", doing,
                            reason)};
    }
    return {Code::io, fmt::format("cannot {}: {}", doing, reason)};
}

Error not_restored(const std::filesystem::path& dir, const Error& error) {
    if (error.code != Code::damaged) return {error.code, fmt::format("{}: {}", dir.native(), error.message)};
    return {Code::damaged,
            fmt::format("what was restored to {} is damaged: {}; empty the directory, and restore "
                        "the backup again",
                        dir.native(), error.message)};
}

}  // namespace kvbus::storage
