// What was seen that must never happen. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace kvbus::harness {

class Violations {
  public:
    void add(std::string what) {
        const std::lock_guard lock(mutex_);
        if (all_.size() < kept_max) all_.push_back(std::move(what));
    }
    [[nodiscard]] std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }

  private:
    static constexpr std::size_t kept_max = 100;  // one is enough to fail; more help to understand it

    mutable std::mutex mutex_;
    std::vector<std::string> all_;
};

}  // namespace kvbus::harness
