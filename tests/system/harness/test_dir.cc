#include "system/harness/test_dir.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include "system/harness/wait.h"

namespace kvbus::harness {
namespace fs = std::filesystem;
namespace {

std::string last_lines(const std::string& text, int lines) {
    auto begin = text.size();
    while (begin > 0 && lines >= 0) {
        --begin;
        if (text[begin] == '\n' && begin + 1 != text.size()) --lines;
    }
    return text.substr(begin == 0 ? 0 : begin + 2);
}

}  // namespace

TestDir::TestDir(const std::string& name, const fs::path& parent) {
    const auto base = parent.empty() ? fs::temp_directory_path() : parent;
    fs::create_directories(base);
    auto pattern = (base / ("kvbus-" + name + "-XXXXXX")).string();
    if (mkdtemp(pattern.data()) == nullptr) fail_with_errno("create " + pattern);
    path_ = pattern;
}

TestDir::~TestDir() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
}

std::string TestDir::account() const {
    constexpr int lines = 20;
    std::string text;
    for (const auto& file : fs::directory_iterator(path_)) {
        if (file.path().extension() != ".log") continue;
        text += "--- the end of " + file.path().filename().string() + ":\n" +
                last_lines(read_file(file.path()), lines);
    }
    return text + "--- kept in " + path_.string() + "\n";
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << content)) throw Failure("cannot write " + path.string());
}

}  // namespace kvbus::harness
