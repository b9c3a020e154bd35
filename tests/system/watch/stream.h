// What one watch told, and whether that is all that it should have told: no gap, nothing twice, nothing out
// of order, and no revision in two batches unless they say so. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <kvbus/watch.h>

#include "base/histogram.h"
#include "system/harness/violations.h"
#include "system/watch/change.h"

namespace kvbus::watch {

// What is watched.
struct Wish {
    std::string key;
    WatchOptions options;
};

class Stream {
  public:
    // `name` stands in violations.
    Stream(std::string name, Wish wish, harness::Violations& violations)
        : name_(std::move(name)), wish_(std::move(wish)), violations_(violations) {}

    [[nodiscard]] const Wish& wish() const { return wish_; }
    void take(const Result<WatchBatch>& batch);

    // Every change before it has been told; 0 while the watch has not begun.
    [[nodiscard]] std::uint64_t next() const;
    // From where a new watch has to go on; forgets what was told of that revision already.
    [[nodiscard]] std::uint64_t resume();
    // Forgets everything: the watch begins anew with this revision.
    void restart(std::uint64_t revision);

    // How long it took from the call of a write until it was told, in microseconds, since the last time.
    [[nodiscard]] Histogram take_latencies();
    struct Counts {
        std::uint64_t events = 0;
        std::uint64_t batches = 0;
        std::uint64_t fragments = 0;
    };
    [[nodiscard]] Counts counts() const;

    // At the end, against all that happened.
    void check(const std::vector<Seen>& all) const;

  private:
    void take(const WatchEvent& event);
    [[nodiscard]] bool wants(const Change& change) const;
    void violated(const std::string& what) const { violations_.add(name_ + ": " + what); }

    const std::string name_;
    const Wish wish_;
    harness::Violations& violations_;

    mutable std::mutex mutex_;
    std::uint64_t begin_ = 0;  // of the first revision that it has to tell
    std::uint64_t next_ = 0;
    bool torn_ = false;  // the last batch ended within a revision, and said so
    std::vector<Seen> seen_;
    std::unordered_map<std::uint32_t, std::uint64_t> values_;  // by key, with prev_kv
    Histogram latencies_;
    Counts counts_;
};

}  // namespace kvbus::watch
