// KV_CHECK: an assertion about our own code that stays on in release builds. Operating errors (a full disk, a
// bad frame, a lost peer) are never checked with it; they are Results.
#pragma once

#include <string_view>

namespace kvbus {

// Prints the place and the reason to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view context);

}  // namespace kvbus

// KV_CHECK(condition) or KV_CHECK(condition, "what was being done, with numbers").
#define KV_CHECK(condition, ...)                                                                  \
    do {                                                                                          \
        if (!(condition)) [[unlikely]]                                                            \
            ::kvbus::check_failed(__FILE__, __LINE__, #condition, std::string_view{__VA_ARGS__}); \
    } while (false)
