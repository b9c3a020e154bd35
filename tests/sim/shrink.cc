#include "sim/shrink.h"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

namespace kvbus::sim {
namespace {

using Fails = std::function<bool(const Plan&)>;

// Keeps `smaller` if it fails too.
bool keep(Plan& plan, Plan smaller, const Fails& fails) {
    if (smaller == plan || !fails(smaller)) return false;
    plan = std::move(smaller);
    return true;
}

bool leave_out_kinds(Plan& plan, const Fails& fails) {
    bool any = false;
    for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
        Plan without = plan;
        std::erase_if(without.faults,
                      [&](const Fault& fault) { return static_cast<std::size_t>(fault.kind) == kind; });
        any |= keep(plan, std::move(without), fails);
    }
    return any;
}

// From the most to the least, for each what would be simplest.
bool simplify(Plan& plan, const Fails& fails) {
    const std::pair<std::uint64_t Plan::*, std::vector<std::uint64_t>> fields[] = {
        {&Plan::nodes, {1, 3, 5}},
        {&Plan::clients, {0, 1, 2, 3}},
        {&Plan::raw_clients, {0, 1}},
        {&Plan::calls, {1, 2}},
        {&Plan::keys, {1, 2}},
        {&Plan::replays, {0}},
        {&Plan::duplicates, {0}},
        {&Plan::loss, {0}},
        {&Plan::reorder, {0}},
        {&Plan::garbage, {0}},
        {&Plan::uncommitted_bytes_max, {64 << 20}},
        {&Plan::session_idle_us, {600'000'000}},
        {&Plan::clock_drift_ppm_max, {0}},
        {&Plan::ranges, {0}},
        {&Plan::removes, {0}},
        {&Plan::serializable, {0}},
        {&Plan::log_window_bytes, {65'536}},
        {&Plan::follower_window_bytes, {1 << 20}},
        {&Plan::append_bytes_max, {65'536}},
        {&Plan::in_flight_requests_max, {65'536}},
        {&Plan::snapshot_log_bytes, {0}},
        {&Plan::snapshot_log_percent, {50}},
        {&Plan::log_kept_bytes, {0}},
        {&Plan::snapshot_chunk_bytes, {1 << 20}},
        {&Plan::snapshot_parts_per_turn, {256}},
        {&Plan::bulk_us, {0}},
    };
    bool any = false;
    for (const auto& [field, values] : fields) {
        for (const std::uint64_t value : values) {
            Plan simpler = plan;
            if (std::exchange(simpler.*field, value) == value) break;
            if (!keep(plan, std::move(simpler), fails)) continue;
            any = true;
            break;
        }
    }
    return any;
}

bool shorten(Plan& plan, const Fails& fails) {
    bool any = false;
    for (const std::uint64_t tenths : {1, 3, 5, 7, 9}) {
        Plan shorter = plan;
        shorter.duration_us = plan.duration_us * tenths / 10;
        std::erase_if(shorter.faults, [&](const Fault& fault) {
            return fault.at > std::chrono::microseconds{shorter.duration_us};
        });
        if (!keep(plan, std::move(shorter), fails)) continue;
        any = true;
        break;
    }
    return any;
}

// Runs of faults, long ones first (Zeller's ddmin without the complements).
bool leave_out_faults(Plan& plan, const Fails& fails) {
    bool any = false;
    for (std::size_t size = std::max<std::size_t>(plan.faults.size() / 2, 1); size > 0; size /= 2) {
        for (std::size_t first = 0; first < plan.faults.size();) {
            Plan without = plan;
            const auto begin = without.faults.begin() + static_cast<std::ptrdiff_t>(first);
            const auto left = static_cast<std::size_t>(without.faults.end() - begin);
            without.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(size, left)));
            if (keep(plan, std::move(without), fails)) {
                any = true;
            } else {
                first += size;
            }
        }
    }
    return any;
}

}  // namespace

std::string way_it_fails(std::string_view failure) {
    std::istringstream words{std::string{failure.substr(0, failure.find('\n'))}};
    std::string way;
    for (std::string word; words >> word;) {
        if (word.find_first_of("0123456789") != std::string::npos) continue;
        way += (way.empty() ? "" : " ") + word;
    }
    return way;
}

Plan shrink(Plan plan, const Fails& fails) {
    bool smaller = true;
    while (smaller) {
        smaller = leave_out_kinds(plan, fails);
        smaller |= simplify(plan, fails);
        smaller |= shorten(plan, fails);
        smaller |= leave_out_faults(plan, fails);
    }
    return plan;
}

}  // namespace kvbus::sim
