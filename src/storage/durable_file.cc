#include "storage/durable_file.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "storage/data_dir.h"
#include "storage/errors.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

fs::path unfinished(const fs::path& path) {
    return path.native() + ".new";
}

// False with errno set.
bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
    }
    return fsync(fd) == 0;
}

}  // namespace

Result<void> write_durable_file(const fs::path& dir, std::string_view name, std::string_view content) {
    const fs::path path = dir / name;
    const fs::path before = unfinished(path);
    const int fd = ::open(before.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return system_error(dir, "create " + before.native(), errno);
    const bool ok = write_all(fd, content);
    const int number = errno;
    close(fd);
    if (!ok) return system_error(dir, "write " + before.native(), number);
    if (rename(before.c_str(), path.c_str()) != 0)
        return system_error(dir, "rename " + before.native(), errno);
    return sync_directory(dir);
}

void discard_durable_file(const fs::path& dir, std::string_view name) {
    std::error_code ignored;
    fs::remove(dir / name, ignored);
    fs::remove(unfinished(dir / name), ignored);
}

}  // namespace kvbus::storage
