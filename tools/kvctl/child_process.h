// A command that kvctl runs: found as a shell finds it, with our stdin, stdout and stderr, and with SIGTERM
// when kvctl dies before it, so that nothing goes on without the lock or watch that it belongs to. One
// thread, which has to outlive it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <kvbus/error.h>

#include "base/time.h"

namespace kvbus::kvctl {

using Environment = std::vector<std::string>;  // NAME=VALUE, on top of our own

class ChildProcess {
  public:
    // Errors name the command and say why it cannot be executed.
    [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& words,
                                                    const Environment& environment);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();  // it has ended by then, or is killed

    void signal(int number) const;
    // Its exit status, that of a shell (128 and the signal) when a signal ended it; nothing while it runs.
    [[nodiscard]] std::optional<int> wait(Duration at_most);

  private:
    ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}

    pid_t pid_;  // 0: there is none any more
    int pidfd_;
};

// "exit status 3", "ended by signal 9"
[[nodiscard]] std::string ending_text(int status);

}  // namespace kvbus::kvctl
