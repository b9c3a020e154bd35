#include "storage/data_dir.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/errors.h"

namespace kvbus::storage {
namespace fs = std::filesystem;

Result<void> make_data_dir(const fs::path& dir) {
    if (dir.empty()) return Error{Code::invalid_argument, "--data-dir is empty; name a directory"};
    std::error_code error;
    const fs::file_status status = fs::status(dir, error);
    if (fs::is_directory(status)) return {};
    const bool missing = status.type() == fs::file_type::not_found;
    if (!missing && status.type() != fs::file_type::none) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is not a directory; choose another --data-dir", dir.native())};
    }
    const std::string doing = "create the data directory " + dir.native();
    if (!missing) return system_error(dir, doing, error.value());

    const fs::path parent = dir.has_filename() ? dir.parent_path() : dir.parent_path().parent_path();
    error.clear();
    if (!parent.empty()) fs::create_directories(parent, error);
    if (error) return system_error(dir, doing, error.value());
    if (mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) return system_error(dir, doing, errno);
    return {};
}

Result<bool> is_unused(const fs::path& dir) {
    std::error_code error;
    fs::directory_iterator files(dir, error);
    while (!error && files != fs::directory_iterator{}) {
        if (files->path().filename() != "lost+found") return false;
        files.increment(error);
    }
    if (error) return system_error(dir, "read the directory " + dir.native(), error.value());
    return true;
}

Result<void> sync_directory(const fs::path& dir) {
    const int directory = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = directory >= 0 && fsync(directory) == 0;
    const int number = errno;
    if (directory >= 0) close(directory);
    if (!ok) return system_error(dir, "sync " + dir.native(), number);
    return {};
}

DiskFigures measure(const fs::path& dir) {
    DiskFigures figures;
    struct statvfs filesystem {};
    if (statvfs(dir.c_str(), &filesystem) == 0) {
        figures.free_bytes = std::uint64_t{filesystem.f_bavail} * filesystem.f_frsize;
    }
    std::error_code error;
    fs::directory_iterator files(dir, error);
    while (!error && files != fs::directory_iterator{}) {
        struct stat file {};
        // RocksDB may delete a file under our eyes.
        if (stat(files->path().c_str(), &file) == 0) figures.bytes += std::uint64_t(file.st_blocks) * 512;
        files.increment(error);
    }
    return figures;
}

}  // namespace kvbus::storage
