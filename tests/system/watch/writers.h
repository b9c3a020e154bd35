// The writers: threads that put, remove and make transactions without a pause, and remember what they were
// told. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include <kvbus/client.h>

#include "base/random.h"
#include "base/time.h"
#include "system/harness/outcome.h"
#include "system/harness/violations.h"
#include "system/watch/change.h"

namespace kvbus::watch {

// When the call began that wrote this value; nothing when it does not say so.
[[nodiscard]] std::optional<Instant> written_at(std::string_view value);

struct Write {
    harness::Outcome outcome = harness::Outcome::fail;
    std::uint64_t revision = 0;
    std::vector<Change> changes;  // that it made when it was acknowledged, else those that it may have made
};

class Writers {
  public:
    Writers(const std::vector<std::string>& endpoints, std::uint32_t count, std::uint64_t seed);
    ~Writers();  // stops
    Writers(const Writers&) = delete;
    Writers& operator=(const Writers&) = delete;

    void stop();  // returns when the last call has returned
    [[nodiscard]] std::uint64_t count(harness::Outcome outcome) const;

    // At the end: every acknowledged change is among all that happened, at its revision with the others of
    // its write and no more; what else happened was written by a write of unknown outcome, once.
    void check(const std::vector<Seen>& all, harness::Violations& violations) const;

  private:
    struct Worker {
        std::uint32_t number;
        Client& client;
        Random random;
        std::uint64_t writes = 0;
        std::vector<Write> log = {};
    };
    void run(Worker& worker);
    [[nodiscard]] Write write(Worker& worker);
    [[nodiscard]] Write put(Worker& worker);
    [[nodiscard]] Write remove(Worker& worker);
    [[nodiscard]] Write remove_folder(Worker& worker);
    [[nodiscard]] Write transact(Worker& worker, std::uint32_t operations, std::size_t value_bytes);

    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<Worker> workers_;
    std::array<std::atomic<std::uint64_t>, 3> counts_{};  // by outcome
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace kvbus::watch
