#include "kvctl/output.h"

#include <algorithm>
#include <cstdio>

namespace kvbus::kvctl {

bool write_out(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void write_error(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    std::fprintf(stderr, "Error: %s\n", message.c_str());
}

}  // namespace kvbus::kvctl
