#include "kvctl/part_file.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kvbus::kvctl {
namespace {

Error exists(const std::string& path) {
    return {Code::invalid_argument,
            "FILE: " + path + " is there already and is not overwritten; remove it, or give another name"};
}

}  // namespace

Result<PartFile> PartFile::open(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return exists(path);
    PartFile part(path, -1);
    part.fd_ = ::open(part.part_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (part.fd_ < 0) return part.error("create");
    if (flock(part.fd_, LOCK_EX | LOCK_NB) == 0) return part;
    close(std::exchange(part.fd_, -1));  // it is not ours to remove
    return Error{Code::in_use, part.part_path() + " is being written by another kvctl; wait for it"};
}

PartFile::PartFile(PartFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

PartFile::~PartFile() {
    if (fd_ < 0) return;
    struct stat state {};
    const bool is_empty = fstat(fd_, &state) == 0 && state.st_size == 0;
    if (is_empty) unlink(part_path().c_str());
    close(fd_);
}

Result<void> PartFile::cut(std::uint64_t size) {
    const auto end = static_cast<off_t>(size);
    if (ftruncate(fd_, end) != 0 || lseek(fd_, end, SEEK_SET) != end) return error("write");
    return {};
}

Result<void> PartFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error("write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> PartFile::finish() {
    if (fsync(fd_) != 0) return error("sync");
    int renamed = renameat2(AT_FDCWD, part_path().c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
    if (renamed != 0 && errno == EEXIST) return exists(path_);
    if (renamed != 0 && errno == EINVAL) renamed = rename(part_path().c_str(), path_.c_str());
    if (renamed != 0) return error("rename");

    const std::filesystem::path dir = std::filesystem::path(path_).parent_path();
    const int parent = ::open(dir.empty() ? "." : dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = parent >= 0 && fsync(parent) == 0;
    const int number = errno;
    if (parent >= 0) close(parent);
    errno = number;
    if (!synced) return error("sync the directory of");
    return {};
}

Error PartFile::error(std::string_view doing) const {
    const std::string reason = std::generic_category().message(errno);
    return {errno == ENOSPC || errno == EDQUOT ? Code::no_space : Code::io,
            "cannot " + std::string(doing) + " " + part_path() + ": " + reason};
}

}  // namespace kvbus::kvctl
