#include "storage/rocks_errors.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <rocksdb/status.h>

#include "base/check.h"
#include "storage/errors.h"

namespace kvbus::storage {
namespace {

// RocksDB's texts may hold anything; ours are one line.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    return text;
}

}  // namespace

Error rocksdb_error(const std::filesystem::path& dir, std::string_view doing, const rocksdb::Status& status) {
    KV_CHECK(!status.ok());
    if (status.IsNoSpace()) return no_space(dir, doing);
    const std::string reason = one_line(status.ToString());
    if (status.IsCorruption() || status.IsPathNotFound()) return damaged(dir, reason);
    return {Code::io, fmt::format("cannot {}: {}; see the system's log for a failing disk", doing, reason)};
}

}  // namespace kvbus::storage
