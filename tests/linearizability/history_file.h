// Histories as files of JSON lines, one operation a line:
// {"id","client","node","op":"put|delete|get","key","args","call_ns","return_ns",
//  "outcome":"ok|fail|unknown","revision","value"}
//
// "args" is what a put writes and "value" what a get saw, null when there was no key. Strings are bytes: each
// character stands for the byte of its code point (U+0000 to U+00FF). "return_ns" may be null unless the
// outcome is ok. "node" and "revision" may be absent, other members are skipped.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <kvbus/error.h>

#include "linearizability/operation.h"

namespace kvbus::linearizability {

// Any thread. A line is written at once, but reaches the file when the buffer is full or the writer ends.
class HistoryWriter {
  public:
    // Creates the file or empties it; look at good() before relying on it.
    explicit HistoryWriter(const std::filesystem::path& file);
    void add(const Operation& operation);
    // Whether everything so far could be written.
    [[nodiscard]] bool good();

  private:
    std::mutex mutex_;
    std::ofstream file_;
};

struct FileLimits {
    std::size_t line_bytes_max = 16 << 20;  // key and value of the greatest size, each byte escaped
    std::size_t operations_max = 10'000'000;
};

// An error names the file, the line, and what is wrong there.
[[nodiscard]] Result<std::vector<Operation>> read_history(const std::filesystem::path& file,
                                                          const FileLimits& limits = {});

}  // namespace kvbus::linearizability
