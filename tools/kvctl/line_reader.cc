#include "kvctl/line_reader.h"

#include <streambuf>

namespace kvbus::kvctl {

Result<std::optional<std::string>> LineReader::next() {
    constexpr int end = std::istream::traits_type::eof();
    std::streambuf& buffer = *in_.rdbuf();
    int byte = buffer.sbumpc();
    if (byte == end) return std::optional<std::string>{};
    ++number_;
    std::string line;
    for (; byte != end && byte != '\n'; byte = buffer.sbumpc()) {
        if (line.size() == line_bytes_max) {
            return Error{Code::invalid_argument, place() + "it is longer than " +
                                                     std::to_string(line_bytes_max) +
                                                     " bytes, which no request needs"};
        }
        line += static_cast<char>(byte);
    }
    return std::optional<std::string>(std::move(line));
}

}  // namespace kvbus::kvctl
