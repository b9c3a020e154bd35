#include "system/watch/company.h"

#include "sim/key_range.h"

namespace kvbus::watch {

Companion::~Companion() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    ended_.notify_all();
    thread_.join();
}

bool Companion::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !ended_.wait_for(lock, time, [&] { return ending_; });
}

Compactor::Compactor(const std::vector<std::string>& endpoints, std::function<std::uint64_t()> lowest_needed)
    : client_({.endpoints = endpoints}),
      lowest_needed_(std::move(lowest_needed)),
      companion_([this](Companion& companion) {
          constexpr std::chrono::milliseconds interval{200};
          while (companion.pause(interval)) {
              const auto lowest = lowest_needed_();
              if (lowest > 1 && client_.compact(Revision{lowest - 1}).ok()) ++compactions_;
          }
      }) {}

SlowWatcher::SlowWatcher(const std::vector<std::string>& endpoints, harness::Violations& violations)
    : client_({.endpoints = endpoints}),
      companion_([this, &violations](Companion& companion) { run(companion, violations); }) {}

// What it has not yet been told is compacted meanwhile; then it goes on with what is left.
void SlowWatcher::run(Companion& companion, harness::Violations& violations) {
    constexpr std::chrono::milliseconds patience{100}, an_event{1000};
    Revision from;
    while (true) {
        Watcher watcher(client_, "f", {.range_end = std::string(sim::to_the_end), .revision = from});
        for (bool over = false; !over;) {
            const auto batch = watcher.next(patience);
            if (batch.ok()) {
                for (std::size_t i = 0; i < batch->events.size(); ++i) {
                    ++events_;
                    if (!companion.pause(an_event)) return;
                }
            } else if (batch.error().code == Code::compacted) {
                from = Revision{batch.error().first_revision};
                over = true;
            } else if (batch.error().code != Code::timeout) {
                return violations.add("the slow watch ended: " + batch.error().message);
            }
            if (!companion.pause({})) return;
        }
    }
}

}  // namespace kvbus::watch
