#include "sim/shared_state.h"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/mman.h>

#include "base/check.h"

namespace kvbus::sim {
namespace {

using Numbers = std::array<std::uint64_t, totals_count>;

}  // namespace

void WorkerReport::add(const Totals& totals_of_a_run) {
    const auto numbers = std::bit_cast<Numbers>(totals_of_a_run);
    for (std::size_t i = 0; i < totals_count; ++i)
        totals[i] += numbers[i];
}

void WorkerReport::fail(std::uint64_t at_seed, std::string_view text) {
    const std::size_t length = text.copy(failure.data(), failure.size() - 1);
    failure[length] = '\0';
    failed_seed = at_seed;
    has_failed = 1;
}

SharedMemory::SharedMemory() {
    void* memory =
        mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    KV_CHECK(memory != MAP_FAILED, "no shared memory");
    state_ = new (memory) SharedState{};
}

SharedMemory::~SharedMemory() {
    munmap(state_, sizeof(SharedState));
}

Totals sum_of_totals(std::span<const WorkerReport> reports) {
    Numbers numbers{};
    for (const WorkerReport& report : reports)
        for (std::size_t i = 0; i < totals_count; ++i)
            numbers[i] += report.totals[i];
    return std::bit_cast<Totals>(numbers);
}

std::vector<std::uint64_t> sum_of_rare_states(std::span<const WorkerReport> reports, std::size_t states) {
    KV_CHECK(states <= rare_states_max);
    std::vector<std::uint64_t> sums(states);
    for (const WorkerReport& report : reports)
        for (std::size_t i = 0; i < states; ++i)
            sums[i] += report.rare_states[i];
    return sums;
}

}  // namespace kvbus::sim
