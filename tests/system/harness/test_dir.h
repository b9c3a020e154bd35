// A directory for one test, removed when the test is over unless it is to be kept. One thread.
#pragma once

#include <filesystem>
#include <string>

namespace kvbus::harness {

class TestDir {
  public:
    // In `parent`; the system's temporary directory when empty.
    explicit TestDir(const std::string& name, const std::filesystem::path& parent = {});
    ~TestDir();
    TestDir(const TestDir&) = delete;
    TestDir& operator=(const TestDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    void keep() { keep_ = true; }
    // The last lines of every log in it, and where it is.
    [[nodiscard]] std::string account() const;

  private:
    std::filesystem::path path_;
    bool keep_ = false;
};

// All of a file; empty when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace kvbus::harness
