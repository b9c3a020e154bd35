#include "kvctl/progress.h"

#include <cstdio>

#include "base/clock.h"

namespace kvbus::kvctl {

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), told_(monotonic_now()) {}

void Progress::at(std::uint64_t count) {
    const Instant now = monotonic_now();
    if (now - told_ < std::chrono::seconds{1}) return;
    told_ = now;
    const std::string of = total_ == 0 ? "" : " of " + std::to_string(total_);
    std::fprintf(stderr, "%s: %s%s\n", what_.c_str(), std::to_string(count).c_str(), of.c_str());
}

}  // namespace kvbus::kvctl
