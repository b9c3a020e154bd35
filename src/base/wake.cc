#include "base/wake.h"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus {

Wake::Wake() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    KV_CHECK(fd_ >= 0, "eventfd: out of file descriptors");
}

Wake::~Wake() {
    close(fd_);
}

void Wake::wake() {
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the waiter is awake anyway.
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wake::clear() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
}

}  // namespace kvbus
