#include "sim/progress.h"

#include <cstdio>

#include <unistd.h>

#include "base/clock.h"

namespace kvbus::sim {

using namespace std::chrono_literals;

Progress::Progress(bool wanted)
    : wanted_(wanted), in_place_(isatty(STDERR_FILENO) == 1), next_(monotonic_now() + 2s) {}

Progress::~Progress() {
    if (shown_ && in_place_) std::fprintf(stderr, "\r%78s\r", "");
}

void Progress::show(std::string_view line) {
    const Instant now = monotonic_now();
    if (!wanted_ || now < next_) return;
    next_ = now + (in_place_ ? Duration{200ms} : Duration{15s});
    shown_ = true;
    const int length = static_cast<int>(line.size());
    if (in_place_)
        std::fprintf(stderr, "\r%-78.*s", length, line.data());
    else
        std::fprintf(stderr, "%.*s\n", length, line.data());
}

}  // namespace kvbus::sim
