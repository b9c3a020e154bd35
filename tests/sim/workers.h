// Processes that do a part of the work each, so that one that aborts or hangs takes nothing else with it.
// Owned by one thread of the process that starts them; it waits for each exactly once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/types.h>

#include "base/time.h"

namespace kvbus::sim {

class Workers {
  public:
    Workers() = default;
    ~Workers();  // kills those that still run
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Runs `body` in a process of its own. Its stderr is kept apart, for printed(). Workers count from 0.
    void start(const std::function<void()>& body);

    [[nodiscard]] bool any_runs() const;
    [[nodiscard]] bool runs(std::size_t worker) const { return descriptors_[worker].fd >= 0; }
    void kill(std::size_t worker) const;
    // The beginning of what it wrote to stderr so far: an abort explains itself there.
    [[nodiscard]] std::string printed(std::size_t worker) const;

    // Waits for some to end, and tells of each whether it came to the end of its body.
    void wait(Duration at_most, const std::function<void(std::size_t worker, bool orderly)>& ended);

  private:
    std::vector<pid_t> pids_;
    std::vector<pollfd> descriptors_;  // of the same processes; -1 after the end
    std::vector<int> outputs_;         // of the same processes: files in memory
};

}  // namespace kvbus::sim
