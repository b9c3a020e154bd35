// A small file in the data directory that is there whole or not at all, after a power cut too. Any thread,
// one at a time per file.
#pragma once

#include <filesystem>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::storage {

// Durable when it returns; the file that had this name before is there until then. For this user alone.
// A start after a crash may find `name`.new beside it, which means nothing. Errors: no_space, io.
[[nodiscard]] Result<void> write_durable_file(const std::filesystem::path& dir, std::string_view name,
                                              std::string_view content);

// As when it was never written, also after a failed write.
void discard_durable_file(const std::filesystem::path& dir, std::string_view name);

}  // namespace kvbus::storage
