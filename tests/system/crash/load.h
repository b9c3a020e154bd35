// The clients of the crash test: threads that put and get without a pause and check every answer at once.
//
// The clients differ, so that every way through a cluster is under load: one that follows the leader; one
// that gives up after 150 ms and so leaves many writes unknown; and one for each node that stays there, so
// that followers forward its writes and ask the leader for its reads. The threads share these clients, so
// that each session has several writes in flight.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kvbus/client.h>

#include "base/random.h"
#include "base/time.h"
#include "linearizability/history_file.h"
#include "system/crash/hot_keys.h"
#include "system/crash/unique_keys.h"
#include "system/harness/outcome.h"

namespace kvbus::crash {

struct LoadOptions {
    std::vector<std::string> endpoints;
    std::uint32_t writers = 10;
    std::uint64_t seed = 1;
};

struct Totals {
    std::uint64_t acknowledged = 0;
    std::uint64_t unknown = 0;
    std::uint64_t failed = 0;
    std::uint64_t reads = 0;
    std::uint64_t reads_failed = 0;
};

class Load {
  public:
    // `history` may be null.
    Load(const LoadOptions& options, UniqueKeys& unique_keys, HotKeys& hot_keys,
         linearizability::HistoryWriter* history);
    ~Load();  // stops
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void stop();  // returns when the last call has returned
    [[nodiscard]] Totals totals() const;
    // From now on: the first write that was asked for after `since` and acknowledged in a term after `term`.
    void measure(Instant since, std::uint64_t term);
    // From `since` to its return.
    [[nodiscard]] std::optional<Duration> first_acknowledged() const;

  private:
    struct NamedClient {
        std::string name;
        std::unique_ptr<Client> client;
    };
    struct Worker {
        std::uint32_t number;
        NamedClient& through;
        Random random;
    };

    void run(Worker worker);
    [[nodiscard]] bool put_unique(Worker& worker);
    [[nodiscard]] bool put_hot(Worker& worker);
    [[nodiscard]] bool get_unique(Worker& worker);
    [[nodiscard]] bool get_hot(Worker& worker);

    struct Read {
        linearizability::Operation operation;
        std::vector<KeyValue> found;
        [[nodiscard]] const KeyValue* first() const { return found.empty() ? nullptr : &found.front(); }
    };
    [[nodiscard]] linearizability::Operation put(Worker& worker, const std::string& key,
                                                 const std::string& value);
    [[nodiscard]] Read get(Worker& worker, const std::string& key);
    void record(const linearizability::Operation& operation);
    void count_write(const Result<PutResult>& result, Instant call, Instant returned);

    UniqueKeys& unique_keys_;
    HotKeys& hot_keys_;
    linearizability::HistoryWriter* history_;
    std::atomic<std::uint64_t> last_id_ = 0;  // of an operation
    std::vector<NamedClient> clients_;

    std::array<std::atomic<std::uint64_t>, 3> writes_{};  // by outcome
    std::atomic<std::uint64_t> reads_ = 0;
    std::atomic<std::uint64_t> reads_failed_ = 0;

    mutable std::mutex mutex_;
    Instant measured_from_ = never;
    std::uint64_t old_term_ = 0;
    std::optional<Instant> first_acknowledged_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace kvbus::crash
