#include "bus/support/child_process.h"

#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::bus::test {

ChildProcess::ChildProcess(const std::string& client_url, const std::string& peer_url) {
    int ready[2];
    KV_CHECK(pipe2(ready, O_CLOEXEC) == 0);
    pid_ = fork();
    KV_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        dup2(ready[1], STDOUT_FILENO);
        execl(BUS_CHILD, BUS_CHILD, client_url.c_str(), peer_url.c_str(), nullptr);
        _exit(127);
    }
    close(ready[1]);
    char line = 0;
    KV_CHECK(::read(ready[0], &line, 1) == 1, "bus_child did not start");
    close(ready[0]);
}

ChildProcess::~ChildProcess() {
    kill();
}

void ChildProcess::kill() {
    const pid_t pid = std::exchange(pid_, -1);
    if (pid < 0) return;
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

bool ChildProcess::running() {
    if (pid_ < 0) return false;
    if (waitpid(pid_, nullptr, WNOHANG) == 0) return true;
    pid_ = -1;
    return false;
}

}  // namespace kvbus::bus::test
