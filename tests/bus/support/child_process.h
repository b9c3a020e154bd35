// Starts bus_child (child.cc), which echoes to clients what it hears, and kills it.
#pragma once

#include <string>

#include <sys/types.h>

namespace kvbus::bus::test {

class ChildProcess {
  public:
    // It listens on both addresses once this returns.
    ChildProcess(const std::string& client_url, const std::string& peer_url);
    ~ChildProcess();  // kills it
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    void kill();  // with SIGKILL, and waits for its end
    [[nodiscard]] bool running();

  private:
    pid_t pid_ = -1;
};

}  // namespace kvbus::bus::test
