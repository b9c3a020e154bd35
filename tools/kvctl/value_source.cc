#include "kvctl/value_source.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "wire/limits.h"

namespace kvbus::kvctl {
namespace {

std::string read_all(std::istream& in) {
    std::string value(wire::limits::value_bytes_max + 1, '\0');
    in.read(value.data(), static_cast<std::streamsize>(value.size()));
    value.resize(static_cast<std::size_t>(in.gcount()));
    return value;
}

}  // namespace

Result<std::string> read_value(const ValueSource& source, std::istream& in) {
    const auto wrong = [](std::string message) { return Error{Code::invalid_argument, std::move(message)}; };
    if (source.file && source.value) return wrong("--file and VALUE are two values; choose one");
    if (source.file && *source.file != "-") {
        errno = 0;
        std::ifstream file(*source.file, std::ios::binary);
        std::string value = file ? read_all(file) : "";
        if (!file.is_open() || file.bad()) {
            return wrong("--file: " + *source.file + " cannot be read: " + std::strerror(errno));
        }
        return value;
    }
    if (source.value && *source.value != "-") return *source.value;
    std::string value = read_all(in);
    if (value.empty()) return wrong("no VALUE, and nothing on stdin; for an empty value say \"\"");
    return value;
}

}  // namespace kvbus::kvctl
