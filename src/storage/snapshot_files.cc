#include "storage/snapshot_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "storage/data_dir.h"
#include "storage/errors.h"
#include "wire/stored_chunk.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

// What may wait in the kernel to be written. More would make the log's syncs wait, and our own at the end.
constexpr std::uint64_t unwritten_max = 8 << 20;

// True when all of it was read.
bool read_at(int fd, char* to, std::size_t size, std::uint64_t offset) {
    while (size > 0) {
        const ssize_t got = pread(fd, to, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = 0;
        if (got <= 0) return false;
        to += got;
        size -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

// False with errno set.
bool write_at(int fd, std::string_view head, std::string_view bytes, std::uint64_t offset) {
    while (!head.empty() || !bytes.empty()) {
        std::array<iovec, 2> parts{
            {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(bytes.data()), bytes.size()}}};
        const ssize_t done = pwritev(fd, parts.data(), parts.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        const auto of_head = std::min(head.size(), static_cast<std::size_t>(done));
        head.remove_prefix(of_head);
        bytes.remove_prefix(static_cast<std::size_t>(done) - of_head);
        offset += static_cast<std::uint64_t>(done);
    }
    return true;
}

// Has the kernel begin to write the range, and waits for what lies too far before it. False with errno set.
bool write_out(int fd, std::uint64_t begin, std::uint64_t size) {
    const auto range = [&](std::uint64_t from, unsigned flags) {
        return sync_file_range(fd, static_cast<off_t>(from), static_cast<off_t>(size), flags) == 0;
    };
    if (!range(begin, SYNC_FILE_RANGE_WRITE)) return false;
    return begin < unwritten_max || range(begin - unwritten_max, SYNC_FILE_RANGE_WAIT_BEFORE);
}

}  // namespace

struct SnapshotFiles::File {
    struct Place {
        std::uint64_t offset = 0;  // of the bytes
        std::uint64_t size = 0;
        std::uint64_t hash = 0;
    };

    File(std::uint64_t snapshot, fs::path at) : id(snapshot), path(std::move(at)) {}
    ~File() {
        if (fd >= 0) close(fd);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::uint64_t id;
    fs::path path;
    int fd = -1;
    std::uint64_t size = 0;
    bool is_listed = false;  // its directory knows of it, durably
    std::map<wire::ChunkName, Place> chunks;
};

SnapshotFiles::SnapshotFiles(fs::path dir) : dir_(std::move(dir)) {}
SnapshotFiles::SnapshotFiles(SnapshotFiles&&) noexcept = default;
SnapshotFiles::~SnapshotFiles() = default;

fs::path SnapshotFiles::path_of(std::uint64_t snapshot) const {
    return dir_ / wire::snapshot_file_name(snapshot);
}

Error SnapshotFiles::error(const File& file, std::string_view doing) const {
    return system_error(dir_, fmt::format("{} {}", doing, file.path.native()), errno);
}

Result<void> SnapshotFiles::open(std::uint64_t snapshot) {
    const auto [place, added] = files_.try_emplace(snapshot, snapshot, path_of(snapshot));
    KV_CHECK(added, "a snapshot is opened once");
    File& file = place->second;
    file.fd = ::open(file.path.c_str(), O_RDWR | O_CLOEXEC);
    if (file.fd < 0 && errno == ENOENT) {
        return Error{Code::damaged, fmt::format("the file {} is missing", file.path.filename().native())};
    }
    if (file.fd < 0) return error(file, "open");
    file.is_listed = true;
    return index(file);
}

Result<void> SnapshotFiles::index(File& file) const {
    const off_t end = lseek(file.fd, 0, SEEK_END);
    if (end < 0) return error(file, "read");
    const auto bytes = static_cast<std::uint64_t>(end);
    while (file.size < bytes) {
        wire::ChunkHeaderBytes header_at{};
        const bool got = read_at(file.fd, header_at.data(), header_at.size(), file.size);
        if (!got && errno != 0) return error(file, "read");
        const auto header = wire::decode_chunk_header(header_at, file.id);
        if (!got || !header || header->size > bytes - file.size - wire::chunk_header_bytes) {
            return Error{Code::damaged, fmt::format("the file {} has no whole chunk at byte {}",
                                                    file.path.filename().native(), file.size)};
        }
        file.chunks[header->name] = {file.size + wire::chunk_header_bytes, header->size, header->hash};
        file.size += wire::chunk_header_bytes + header->size;
    }
    return {};
}

Result<void> SnapshotFiles::store(const wire::SnapshotChunk& chunk) {
    const std::uint64_t snapshot = chunk.name.snapshot;
    const auto [place, added] = files_.try_emplace(snapshot, snapshot, path_of(snapshot));
    File& file = place->second;
    if (added) {
        file.fd = ::open(file.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file.fd < 0) return error(file, "create");
    }
    const wire::ChunkHeader header = wire::header_of(chunk);
    const wire::ChunkHeaderBytes head = wire::encode_chunk_header(header);
    if (!write_at(file.fd, {head.data(), head.size()}, chunk.bytes, file.size)) return error(file, "write");
    const std::uint64_t begin = file.size;
    file.chunks[chunk.name] = {begin + wire::chunk_header_bytes, header.size, header.hash};
    file.size += wire::chunk_header_bytes + header.size;
    if (!write_out(file.fd, begin, file.size - begin)) return error(file, "write");
    return {};
}

Result<void> SnapshotFiles::sync(std::uint64_t snapshot) {
    const auto found = files_.find(snapshot);
    if (found == files_.end()) return {};
    File& file = found->second;
    if (fdatasync(file.fd) != 0) return error(file, "sync");
    if (file.is_listed) return {};
    if (auto synced = sync_directory(dir_); !synced.ok()) return synced;
    file.is_listed = true;
    return {};
}

Result<std::string> SnapshotFiles::read(const wire::ChunkName& chunk) const {
    std::string bytes;
    const auto found = files_.find(chunk.snapshot);
    if (found == files_.end()) return bytes;
    const File& file = found->second;
    const auto place = file.chunks.find(chunk);
    if (place == file.chunks.end()) return bytes;
    bytes.resize(place->second.size);
    const bool got = read_at(file.fd, bytes.data(), bytes.size(), place->second.offset);
    if (!got && errno != 0) return error(file, "read");
    if (!got || wire::hash_of(chunk, bytes) != place->second.hash) {
        return Error{Code::damaged,
                     fmt::format("chunk {} of section {} in the file {} is not what was stored", chunk.number,
                                 static_cast<int>(chunk.section), file.path.filename().native())};
    }
    return bytes;
}

void SnapshotFiles::remove(std::uint64_t snapshot) {
    const auto found = files_.find(snapshot);
    if (found == files_.end()) return;
    std::error_code error;
    fs::remove(found->second.path, error);
    if (error) log_warn(fmt::format("cannot remove {}: {}", found->second.path.native(), error.message()));
    files_.erase(found);
}

void SnapshotFiles::remove_all_but(std::optional<std::uint64_t> snapshot) {
    std::erase_if(files_, [&](const auto& file) { return file.first != snapshot; });
    const fs::path kept = snapshot ? path_of(*snapshot).filename() : fs::path{};
    std::error_code error;
    for (fs::directory_iterator entry(dir_, error), end; !error && entry != end; entry.increment(error)) {
        const bool is_other =
            entry->path().extension() == wire::snapshot_file_extension && entry->path().filename() != kept;
        if (is_other) fs::remove(entry->path(), error);
    }
    if (error) log_warn(fmt::format("cannot remove old snapshots in {}: {}", dir_.native(), error.message()));
}

}  // namespace kvbus::storage
