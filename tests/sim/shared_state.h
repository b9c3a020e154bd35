// What the processes of a campaign share: who takes which seed next, and what each worker has done so far.
// Made before the first worker starts. Each WorkerReport has one writer; everybody reads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/totals.h"

namespace kvbus::sim {

using SharedCount = std::atomic<std::uint64_t>;
static_assert(SharedCount::is_always_lock_free, "a lock would not be shared between processes");

inline constexpr std::size_t workers_max = 64;
inline constexpr std::size_t rare_states_max = 256;

// One worker's; after its end it is the parent's, who may have to say how it ended.
struct WorkerReport {
    SharedCount seed;      // under way
    SharedCount begun_at;  // that seed, in ns of the monotonic clock; 0 before the first
    std::array<SharedCount, totals_count> totals;
    std::array<SharedCount, rare_states_max> rare_states;  // in the order of simulated::rare_states()
    SharedCount has_failed;
    SharedCount failed_seed;
    std::array<char, 8192> failure;  // cut off if it is longer

    void add(const Totals& totals_of_a_run);
    void fail(std::uint64_t at_seed, std::string_view text);
};

struct SharedState {
    SharedCount next_seed;
    SharedCount stop;          // 1: no further seed is begun
    SharedCount simulated_ns;  // by all
    std::array<WorkerReport, workers_max> reports;
};

// A SharedState in memory that stays common to this process and those that it starts.
class SharedMemory {
  public:
    SharedMemory();
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    [[nodiscard]] SharedState& operator*() const { return *state_; }

  private:
    SharedState* state_;
};

// Over all workers.
[[nodiscard]] Totals sum_of_totals(std::span<const WorkerReport> reports);
[[nodiscard]] std::vector<std::uint64_t> sum_of_rare_states(std::span<const WorkerReport> reports,
                                                            std::size_t states);

}  // namespace kvbus::sim
