// A process of the storage_child program: started, listened to, killed. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace kvbus::storage {

class ChildProcess {
  public:
    explicit ChildProcess(std::vector<std::string> arguments);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // The next line that it prints; nothing once it has ended and all is read.
    [[nodiscard]] std::optional<std::string> line();

    void kill();
    [[nodiscard]] int exit_code();  // waits for the end; -1 when a signal ended it

  private:
    int wait();

    pid_t pid_ = -1;
    int output_ = -1;
    std::string unread_;
    std::optional<int> status_;
};

}  // namespace kvbus::storage
