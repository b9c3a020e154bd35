// A file that grows as FILE.part and gets its name once it is whole and durable, so that a FILE is never half
// of one. Locked meanwhile. What an earlier process left of it is still there. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::kvctl {

class PartFile {
  public:
    // Errors: invalid_argument (there is a FILE), in_use, io.
    [[nodiscard]] static Result<PartFile> open(const std::string& path);
    PartFile(PartFile&& other) noexcept;
    PartFile& operator=(PartFile&&) = delete;
    ~PartFile();  // leaves the part, if there is anything in it

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string part_path() const { return path_ + ".part"; }

    [[nodiscard]] Result<void> cut(std::uint64_t size);  // what is behind goes
    [[nodiscard]] Result<void> append(std::string_view bytes);
    [[nodiscard]] Result<void> finish();  // and nothing after this

  private:
    PartFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
    [[nodiscard]] Error error(std::string_view doing) const;  // of errno

    std::string path_;
    int fd_ = -1;
};

}  // namespace kvbus::kvctl
