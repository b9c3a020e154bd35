// One write every few milliseconds, whether or not those before it have been answered, and the time to the
// first answer after a given moment.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"

namespace kvbus::failover {

class Stream {
  public:
    Stream(std::vector<std::string> endpoints, Duration interval);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // From now on: the first write that was asked for after `since` and answered in a term after `term`, so
    // not by the leader that is about to die.
    void measure(Instant since, std::uint64_t term);
    // From `since` to its return.
    [[nodiscard]] std::optional<Duration> first_acknowledged() const;

    struct Counts {
        std::uint64_t acknowledged = 0;
        std::uint64_t others = 0;
    };
    Counts stop();  // returns when all are answered

  private:
    void run();
    void answered(Instant call, const Result<PutResult>& result);

    const Duration interval_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::uint64_t under_way_ = 0;
    Counts counts_;
    Instant measured_from_ = never;
    std::uint64_t old_term_ = 0;
    std::optional<Instant> first_;
    Client client_;
    std::thread thread_;
};

}  // namespace kvbus::failover
