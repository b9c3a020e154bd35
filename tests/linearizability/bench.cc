// linearizability_bench: how long the check of a large history takes; the median of three.
#include <algorithm>
#include <array>
#include <cstdio>

#include "base/clock.h"
#include "linearizability/checker.h"
#include "linearizability/random_history.h"

namespace {

using namespace kvbus;
using namespace kvbus::linearizability;

void measure(const char* what, const RandomHistoryOptions& options) {
    Random random(1);
    const auto history = random_history(options, random);
    const auto writes = std::ranges::count_if(history, is_write);
    const auto unknown = std::ranges::count(history, Outcome::unknown, &Operation::outcome);
    std::array<Duration, 3> times{};
    Report report;
    for (auto& time : times) {
        const auto begin = monotonic_now();
        report = check(history);
        time = monotonic_now() - begin;
    }
    std::ranges::sort(times);
    std::printf(
        "%-32s %zu operations (%lld writes, %lld unknown), %u clients, %zu keys: %.1f ms, %s, %llu steps\n",
        what, history.size(), static_cast<long long>(writes), static_cast<long long>(unknown),
        options.clients, report.keys, static_cast<double>(times[1].count()) / 1e6,
        name_of(report.verdict).data(), static_cast<unsigned long long>(report.work));
}

}  // namespace

int main() {
    measure("each put has its value", {.operations = 100'000, .clients = 16, .keys = 100});
    measure("each put has its value, one key", {.operations = 100'000, .clients = 16, .keys = 1});
    measure("five values", {.operations = 100'000, .clients = 16, .keys = 100, .values = 5});
    measure("five values, one key", {.operations = 100'000, .clients = 16, .keys = 1, .values = 5});
    measure("every third write unknown",
            {.operations = 100'000, .clients = 16, .keys = 100, .unknown = 0.33});
}
