#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace kvbus {

void check_failed(const char* file, int line, const char* condition, std::string_view context) {
    std::fprintf(stderr, "kvbus: bug: %s:%d: %s does not hold%s%.*s\n", file, line, condition,
                 context.empty() ? "" : ": ", static_cast<int>(context.size()), context.data());
    std::abort();
}

}  // namespace kvbus
