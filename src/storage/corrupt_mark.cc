#include "storage/corrupt_mark.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "storage/data_dir.h"
#include "storage/durable_file.h"
#include "storage/errors.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view corrupt_file = "CORRUPT";
}  // namespace

Result<std::optional<std::string>> read_corrupt_mark(const fs::path& dir) {
    const fs::path path = dir / corrupt_file;
    std::error_code error;
    if (!fs::exists(path, error)) return std::optional<std::string>{};
    std::ifstream file(path, std::ios::binary);
    std::string why{std::istreambuf_iterator<char>(file), {}};
    if (!file) return system_error(dir, "read " + path.native(), EIO);
    return std::optional(std::move(why));
}

Result<void> write_corrupt_mark(const fs::path& dir, const std::optional<std::string>& why) {
    if (why) return write_durable_file(dir, corrupt_file, *why);
    std::error_code error;
    fs::remove(dir / corrupt_file, error);
    if (error) return system_error(dir, "remove " + (dir / corrupt_file).native(), error.value());
    return sync_directory(dir);
}

}  // namespace kvbus::storage
