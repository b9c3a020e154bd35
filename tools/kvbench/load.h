// A closed loop of operations against a cluster. Each connection is one Client; all of its operations are
// started by the Client's own thread, from the callback of the one that ended, so no lock and no wake-up
// stands between two.
//
// One thread owns a Load and calls its members. Between begin() and end() completions are measured; before
// and after they only keep the cluster warm. Errors count at all times.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/time.h"
#include "kvbench/options.h"

namespace kvbus::bench {

struct Plan {
    Workload workload = Workload::put;
    std::vector<std::string> connections{};  // the endpoint of each
    std::uint32_t clients = 1;               // operations in flight, dealt out over the connections
    std::uint64_t keys = 1;
    std::uint64_t value_size = 0;
};

struct Tally {
    Histogram latency;  // nanoseconds, of the operations that ended well in the measured window
    std::uint64_t errors = 0;
    std::string first_error;  // empty when there was none
};

class Load {
  public:
    explicit Load(Plan plan);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void start();
    void begin();
    void end();

    // Waits until the operations have run out, which they do after stop() or, for Workload::load, by
    // themselves. False when they have not within `patience`.
    void stop();
    [[nodiscard]] bool drained(Duration patience);

    [[nodiscard]] std::uint64_t completed() const;  // operations so far; for showing progress
    [[nodiscard]] Tally tally() const;              // once drained

  private:
    struct Shared;
    class Worker;
    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace kvbus::bench
