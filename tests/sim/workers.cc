#include "sim/workers.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::sim {

constexpr std::size_t printed_max = 7000;  // bytes

Workers::~Workers() {
    for (const int output : outputs_)
        close(output);
    for (std::size_t worker = 0; worker < pids_.size(); ++worker) {
        if (!runs(worker)) continue;
        kill(worker);
        waitpid(pids_[worker], nullptr, 0);
        close(descriptors_[worker].fd);
    }
}

void Workers::start(const std::function<void()>& body) {
    std::fflush(nullptr);  // or both processes would write what is buffered
    const int output = memfd_create("stderr of a worker", MFD_CLOEXEC);
    KV_CHECK(output >= 0, "no file in memory");
    const pid_t parent = getpid();
    const pid_t pid = fork();
    KV_CHECK(pid >= 0, "no further process can be started");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read what it reports
        if (getppid() != parent) _exit(1);
        dup2(output, STDERR_FILENO);
        body();
        std::fflush(nullptr);
        _exit(0);
    }
    const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    KV_CHECK(descriptor >= 0, "no descriptor for a process");
    pids_.push_back(pid);
    outputs_.push_back(output);
    descriptors_.push_back({descriptor, POLLIN, 0});
}

bool Workers::any_runs() const {
    return std::ranges::any_of(descriptors_, [](const pollfd& descriptor) { return descriptor.fd >= 0; });
}

void Workers::kill(std::size_t worker) const {
    ::kill(pids_[worker], SIGKILL);
}

std::string Workers::printed(std::size_t worker) const {
    std::string text(printed_max, '\0');
    const ssize_t length = pread(outputs_[worker], text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    return text;
}

void Workers::wait(Duration at_most, const std::function<void(std::size_t, bool)>& ended) {
    poll(descriptors_.data(), descriptors_.size(), static_cast<int>(to_milliseconds(at_most)));
    for (std::size_t worker = 0; worker < descriptors_.size(); ++worker) {
        if (!runs(worker) || descriptors_[worker].revents == 0) continue;
        int status = 0;
        KV_CHECK(waitpid(pids_[worker], &status, 0) == pids_[worker]);
        close(std::exchange(descriptors_[worker].fd, -1));
        ended(worker, WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

}  // namespace kvbus::sim
