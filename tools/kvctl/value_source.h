// Where a value comes from: the command line, a file, or stdin.
#pragma once

#include <istream>
#include <optional>
#include <string>

#include <kvbus/error.h>

namespace kvbus::kvctl {

struct ValueSource {
    std::optional<std::string> value = {};  // "-": stdin
    std::optional<std::string> file = {};   // "-": stdin
};

// Neither a value nor a file: stdin, where nothing at all is an error. At most one byte more is read than a
// value may have: the client then says what is wrong.
[[nodiscard]] Result<std::string> read_value(const ValueSource& source, std::istream& in);

}  // namespace kvbus::kvctl
