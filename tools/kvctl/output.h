// Writing to stdout and stderr. For commands whose output does not wait for their end; the others return
// theirs.
#pragma once

#include <string>
#include <string_view>

namespace kvbus::kvctl {

[[nodiscard]] bool write_out(std::string_view text);  // at once; false: it could not be written
void write_error(std::string message);                // "Error: …", in one line

constexpr const char* cannot_write =
    "the output cannot be written; is what reads it, or the disk, gone or full?";

}  // namespace kvbus::kvctl
