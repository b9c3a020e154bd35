// Who else is about while the watches are checked: somebody who compacts, and a watcher that is slow. Each
// runs on a thread of its own until destroyed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <kvbus/client.h>

#include "system/harness/violations.h"

namespace kvbus::watch {

// A thread that can be told to end while it waits.
class Companion {
  public:
    explicit Companion(std::function<void(Companion&)> run) : thread_([this, run] { run(*this); }) {}
    ~Companion();
    // False when it is time to end.
    [[nodiscard]] bool pause(std::chrono::milliseconds time);

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool ending_ = false;
    std::thread thread_;
};

// Forgets, five times a second, all that nobody needs any more.
class Compactor {
  public:
    Compactor(const std::vector<std::string>& endpoints, std::function<std::uint64_t()> lowest_needed);
    [[nodiscard]] std::uint64_t compactions() const { return compactions_; }

  private:
    Client client_;
    std::function<std::uint64_t()> lowest_needed_;
    std::atomic<std::uint64_t> compactions_ = 0;
    Companion companion_;
};

// Watches everything and takes one event a second.
class SlowWatcher {
  public:
    SlowWatcher(const std::vector<std::string>& endpoints, harness::Violations& violations);
    [[nodiscard]] std::uint64_t events() const { return events_; }

  private:
    void run(Companion& companion, harness::Violations& violations);

    Client client_;
    std::atomic<std::uint64_t> events_ = 0;
    Companion companion_;
};

}  // namespace kvbus::watch
