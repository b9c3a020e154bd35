// A file in the data directory that says that this node's state was found to differ from the others': it is
// there at the next start, until the state compared equal again. One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <kvbus/error.h>

namespace kvbus::storage {

// Why the node is marked, if it is. Errors: io.
[[nodiscard]] Result<std::optional<std::string>> read_corrupt_mark(const std::filesystem::path& dir);

// Durable when it returns. None: the mark goes. Errors: no_space, io.
[[nodiscard]] Result<void> write_corrupt_mark(const std::filesystem::path& dir,
                                              const std::optional<std::string>& why);

}  // namespace kvbus::storage
