#include "storage/durable_mark.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "storage/data_dir.h"
#include "storage/errors.h"
#include "storage/restore.h"
#include "wire/big_endian.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "DURABLE";
constexpr std::string_view magic = "kvbus 1\n";

// Magic, sequence, hash of both: within one disk sector, so a power cut leaves the old number or the new one.
using Content = std::array<char, 24>;

Content content_of(std::uint64_t sequence) {
    Content content{};
    magic.copy(content.data(), magic.size());
    wire::store_big_endian(content.data() + 8, sequence);
    wire::store_big_endian(content.data() + 16, hash_bytes({content.data(), 16}));
    return content;
}

}  // namespace

DurableMark::DurableMark(DurableMark&& other) noexcept
    : dir_(std::move(other.dir_)), fd_(std::exchange(other.fd_, -1)), sequence_(other.sequence_) {}

DurableMark::~DurableMark() {
    if (fd_ >= 0) close(fd_);
}

Result<DurableMark> DurableMark::open(const fs::path& dir) {
    const fs::path path = dir / file_name;
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        const Result<bool> unused = is_unused(dir);
        if (!unused.ok()) return unused.error();
        if (!*unused && !is_restored(dir)) {
            return Error{
                Code::invalid_argument,
                fmt::format(
                    "{} is not empty, and has no file {} as kvbus's data has; choose another --data-dir",
                    dir.native(), file_name)};
        }
        fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (fd < 0) return system_error(dir, "open " + path.native(), errno);

    DurableMark mark(dir, fd);
    if (auto locked = mark.lock(); !locked.ok()) return locked.error();
    if (auto loaded = mark.load(); !loaded.ok()) return loaded.error();
    return mark;
}

Result<void> DurableMark::lock() const {
    if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return system_error(dir_, "lock " + (dir_ / file_name).native(), errno);
    return Error{Code::in_use, fmt::format("another kvd uses {}; stop that one or choose another --data-dir",
                                           dir_.native())};
}

Result<void> DurableMark::load() {
    Content content{};
    const ssize_t size = pread(fd_, content.data(), content.size(), 0);
    if (size < 0) return system_error(dir_, "read " + (dir_ / file_name).native(), errno);

    // A start that was cut short may leave it empty, before there was a database.
    std::error_code error;
    if (size == 0 && !fs::exists(dir_ / "CURRENT", error)) {
        if (auto stored = store(0); !stored.ok()) return stored;
        return make_permanent();
    }
    sequence_ = wire::load_big_endian<std::uint64_t>(content.data() + 8);
    if (content != content_of(sequence_))
        return damaged(dir_, fmt::format("the file {} cannot be read", file_name));
    return {};
}

Result<void> DurableMark::advance(std::uint64_t sequence) {
    KV_CHECK(sequence >= sequence_, "the durable mark would go back");
    return store(sequence);
}

Result<void> DurableMark::store(std::uint64_t sequence) {
    const Content content = content_of(sequence);
    const ssize_t size = pwrite(fd_, content.data(), content.size(), 0);
    if (size == static_cast<ssize_t>(content.size())) {
        sequence_ = sequence;
        return {};
    }
    return system_error(dir_, "write " + (dir_ / file_name).native(), size < 0 ? errno : EIO);
}

// Later writes overwrite the same block, so from here on the file needs no space that could be lacking.
Result<void> DurableMark::make_permanent() const {
    if (fsync(fd_) != 0) return system_error(dir_, "sync " + (dir_ / file_name).native(), errno);
    return sync_directory(dir_);
}

}  // namespace kvbus::storage
