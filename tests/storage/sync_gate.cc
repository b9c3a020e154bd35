#include "storage/sync_gate.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>

#include <sys/syscall.h>
#include <unistd.h>

namespace kvbus::storage::sync_gate {
namespace {

struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
    int waiting = 0;
    int error_number = 0;
    std::string names_end;
};

Gate& gate() {
    static Gate instance;
    return instance;
}

std::string name_of(int fd) {
    std::array<char, 512> name{};
    const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), name.data(), name.size());
    return {name.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// 0, or the error to fail with.
int pass(int fd) {
    Gate& g = gate();
    std::unique_lock lock(g.mutex);
    if (!name_of(fd).ends_with(g.names_end)) return 0;
    ++g.waiting;
    g.changed.notify_all();
    g.changed.wait(lock, [&] { return !g.held; });
    --g.waiting;
    return g.error_number;
}

}  // namespace

void hold(const std::string& names_end) {
    const std::lock_guard lock(gate().mutex);
    gate().held = true;
    gate().names_end = names_end;
}

void release() {
    const std::lock_guard lock(gate().mutex);
    gate().held = false;
    gate().changed.notify_all();
}

void fail(int error_number, const std::string& names_end) {
    const std::lock_guard lock(gate().mutex);
    gate().error_number = error_number;
    gate().names_end = names_end;
}

bool wait_for_held_sync(std::chrono::seconds timeout) {
    std::unique_lock lock(gate().mutex);
    return gate().changed.wait_for(lock, timeout, [] { return gate().waiting > 0; });
}

}  // namespace kvbus::storage::sync_gate

extern "C" int fdatasync(int fd) {
    if (const int error_number = kvbus::storage::sync_gate::pass(fd); error_number != 0) {
        errno = error_number;
        return -1;
    }
    return static_cast<int>(syscall(SYS_fdatasync, fd));
}
