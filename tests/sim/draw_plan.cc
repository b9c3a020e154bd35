// How a plan is drawn from its seed.
#include <algorithm>
#include <bit>
#include <chrono>
#include <initializer_list>
#include <iterator>

#include "sim/plan.h"

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

// Small and large orders of magnitude, which are powers of two, are equally likely.
std::uint64_t magnitude(Random& dice, std::uint64_t low, std::uint64_t high) {
    const auto order = dice.between(static_cast<std::uint64_t>(std::bit_width(low)),
                                    static_cast<std::uint64_t>(std::bit_width(high)));
    const std::uint64_t least = std::uint64_t{1} << (order - 1);
    return dice.between(std::max(low, least), std::min(high, 2 * least - 1));
}

std::uint64_t pick(Random& dice, std::initializer_list<std::uint64_t> from) {
    return from.begin()[dice.below(from.size())];
}

struct FaultRange {
    FaultKind kind;
    std::uint64_t every_ms_min, every_ms_max;
    std::uint64_t lasts_ms_min, lasts_ms_max;
};
constexpr FaultRange fault_ranges[] = {
    {FaultKind::crash, 200, 15'000, 5, 8'000},          {FaultKind::crash_all, 5'000, 30'000, 5, 2'000},
    {FaultKind::crash_lead, 200, 15'000, 5, 8'000},     {FaultKind::pause, 300, 20'000, 10, 6'000},
    {FaultKind::isolate, 300, 20'000, 20, 8'000},       {FaultKind::split, 300, 20'000, 20, 8'000},
    {FaultKind::bridge, 2'000, 20'000, 50, 8'000},      {FaultKind::clog, 500, 10'000, 10, 5'000},
    {FaultKind::slow_disk, 1'000, 20'000, 100, 8'000},  {FaultKind::sync_error, 3'000, 30'000, 5, 5'000},
    {FaultKind::full_disk, 3'000, 30'000, 100, 5'000},  {FaultKind::rot, 10'000, 60'000, 0, 0},
    {FaultKind::drop_client, 500, 10'000, 0, 0},        {FaultKind::strand, 300, 10'000, 20, 4'000},
    {FaultKind::comeback, 1'000, 15'000, 100, 8'000},   {FaultKind::leave_behind, 500, 10'000, 1'000, 20'000},
    {FaultKind::crash_holder, 1'000, 10'000, 5, 8'000}, {FaultKind::crash_receiver, 1'000, 10'000, 5, 8'000},
};
static_assert(std::size(fault_ranges) == fault_kinds);

std::vector<Fault> draw_faults(Random dice, std::uint64_t duration_us) {
    std::vector<Fault> faults;
    for (const FaultRange& range : fault_ranges) {
        Random own{dice.next()};
        if (own.chance(0.5)) continue;
        const std::uint64_t every_us = magnitude(own, range.every_ms_min, range.every_ms_max) * 1000;
        for (std::uint64_t at = own.below(2 * every_us); at < duration_us;
             at += 1 + own.below(2 * every_us)) {
            const std::uint64_t lasts_us =
                range.lasts_ms_max == 0 ? 0 : magnitude(own, range.lasts_ms_min, range.lasts_ms_max) * 1000;
            faults.push_back({microseconds{at}, range.kind, microseconds{lasts_us}, own.next()});
        }
    }
    std::ranges::stable_sort(faults, {}, &Fault::at);
    return faults;
}

void draw_consensus(Random dice, Plan& plan) {
    const bool is_default = dice.chance(0.3);
    plan.heartbeat_us = is_default ? 50'000 : magnitude(dice, 5'000, 100'000);
    plan.election_us = is_default ? 500'000 : plan.heartbeat_us * dice.between(3, 10);
    plan.log_window_bytes = magnitude(dice, 64, 16'384);
    plan.append_bytes_max = magnitude(dice, 64, 65'536);
    plan.follower_window_bytes = magnitude(dice, 128, 1 << 20);
    plan.in_flight_requests_max = dice.chance(0.1) ? dice.between(1, 10) : 65'536;
    plan.request_timeout_us = magnitude(dice, 300'000, 5'000'000);
    plan.turn_us_max = magnitude(dice, 10, std::min<std::uint64_t>(5'000, plan.heartbeat_us / 4));
    if (dice.chance(0.5)) plan.clock_drift_ppm_max = magnitude(dice, 100, 50'000);
    plan.deaths_heard = dice.chance(0.7) ? 1 : 0;
}

void draw_network(Random dice, Plan& plan) {
    plan.delay_us = magnitude(dice, 50, 20'000);
    if (dice.chance(0.5)) plan.loss = magnitude(dice, 1'000, 300'000);
    if (dice.chance(0.5)) plan.duplicates = magnitude(dice, 1'000, 200'000);
    if (dice.chance(0.5)) plan.replays = magnitude(dice, 1'000, 200'000);
    plan.reorder = dice.chance(0.5) ? 1 : 0;
}

// Each kind of call is left out of half of all plans, but not all of them.
void draw_mix(Random dice, Plan& plan) {
    plan.plain = dice.chance(0.25) ? 0 : magnitude(dice, 4, 32);
    for (std::uint64_t* kind :
         {&plan.increments, &plan.appends, &plan.edits, &plan.transactions, &plan.leases})
        if (dice.chance(0.5)) *kind = magnitude(dice, 1, 16);
    if (plan.edits + plan.transactions > 0 && dice.chance(0.5)) plan.compactions = 1;
    if (plan.increments + plan.appends + plan.edits + plan.transactions + plan.leases == 0) plan.plain = 1;
    if (dice.chance(0.5)) plan.watchers = dice.between(1, 4);
    if (dice.chance(0.5)) plan.candidates = dice.between(2, 6);
    // Those that are as short as an election takes are in the most danger.
    if (dice.chance(0.5)) plan.lease_ttl_us_min = magnitude(dice, 100'000, 2'000'000);
    plan.ttl_us_max = plan.lease_ttl_us_min * dice.between(1, 5);
    plan.grown_value_bytes_max = magnitude(dice, 32, 512);
}

// Nodes then compact by themselves: what is refused for that is not for the log to tell, so nobody asks for
// the past in it (workload.h).
void draw_history_bounds(Random dice, Plan& plan) {
    if (dice.chance(0.8)) return;
    plan.compactions = 0;
    const std::uint64_t kind = dice.below(3);
    if (kind == 0) plan.history_bytes_max = magnitude(dice, 256, 65'536);
    if (kind == 1) plan.history_revisions_max = magnitude(dice, 1, 1000);
    if (kind == 2) plan.history_age_us_max = magnitude(dice, 10'000, 10'000'000);
}

void draw_load(Random dice, Plan& plan) {
    plan.clients = dice.between(1, 6);
    if (dice.chance(0.5)) plan.raw_clients = dice.between(1, 3);
    plan.calls = dice.between(1, 4);
    plan.think_us = magnitude(dice, 20'000, 1'000'000);
    plan.call_timeout_us = magnitude(dice, 500'000, 10'000'000);
    plan.keys = pick(dice, {1, 2, 5, 20});
    plan.value_bytes_max = magnitude(dice, 16, 2048);
    plan.writes = pick(dice, {0, 100'000, 500'000, 500'000, 900'000});
    plan.removes = pick(dice, {0, 100'000, 300'000});
    plan.ranges = pick(dice, {0, 100'000, 300'000});
    plan.serializable = pick(dice, {0, 0, 300'000});
    const std::uint64_t calm = dice.below(20);
    if (calm == 0) plan.clients = plan.raw_clients = 0;  // idle
    draw_mix(Random{dice.next()}, plan);
    draw_history_bounds(Random{dice.next()}, plan);
}

// Log and chunks are small, so that there are many snapshots, of many chunks each, and it is easy to fall
// behind them.
void draw_snapshots(Random dice, Plan& plan) {
    if (dice.chance(0.25)) return;
    plan.snapshot_log_bytes = magnitude(dice, 512, 65'536);
    plan.snapshot_log_percent = pick(dice, {25, 50, 100});
    if (dice.chance(0.5)) plan.log_kept_bytes = magnitude(dice, 64, 16'384);
    plan.snapshot_chunk_bytes = magnitude(dice, 64, 16'384);
    plan.snapshot_parts_per_turn = dice.chance(0.3) ? 1 : magnitude(dice, 2, 256);
    if (dice.chance(0.7)) plan.bulk_us = magnitude(dice, 100, 50'000);
    plan.load_us_max = magnitude(dice, 10'000, 1'000'000);
}

// What meets snapshots is nothing without them.
void leave_out_faults_of_snapshots(Plan& plan) {
    if (plan.snapshot_log_bytes > 0) return;
    std::erase_if(plan.faults, [](const Fault& fault) {
        return fault.kind == FaultKind::leave_behind || fault.kind == FaultKind::crash_holder ||
               fault.kind == FaultKind::crash_receiver;
    });
}

// As if there were nothing but keys and a log: where neither is slowed down nor mended by the rest, more of
// what can go wrong with consensus does.
void leave_plain(Plan& plan) {
    plan.plain = 1;
    plan.increments = plan.appends = plan.edits = plan.transactions = plan.leases = plan.compactions = 0;
    plan.watchers = plan.candidates = 0;
    plan.snapshot_log_bytes = 0;
}

// What is rare in the field, and must not be here.
void draw_limits(Random dice, Plan& plan) {
    if (dice.chance(0.2)) plan.garbage = magnitude(dice, 100, 10'000);
    if (dice.chance(0.1)) plan.uncommitted_bytes_max = magnitude(dice, 256, 65'536);
    if (dice.chance(0.2)) plan.session_idle_us = 2 * plan.call_timeout_us + 25'000'000;
    if (dice.chance(0.1)) plan.unanswered_max = dice.between(1, 8);
    if (dice.chance(0.02)) {  // values of which few fit one entry; not for long, since all nodes keep them
        plan.value_bytes_max = 900'000;
        plan.session_idle_us = Plan{}.session_idle_us;
        plan.think_us = std::max<std::uint64_t>(plan.think_us, 500'000);
        plan.duration_us = std::min<std::uint64_t>(plan.duration_us, 15'000'000);
        plan.keys = 2;
    }
}

// Processes that are stopped for longer than sessions last.
void draw_standstills(Random dice, Plan& plan) {
    if (plan.session_idle_us == Plan{}.session_idle_us || dice.chance(0.3)) return;
    const std::uint64_t at_us = dice.below(plan.duration_us);
    for (std::uint64_t count = dice.between(1, plan.nodes); count > 0; --count) {
        const std::uint64_t lasts_us = plan.session_idle_us + dice.below(10'000'000);
        plan.faults.push_back({microseconds{at_us + dice.below(2'000'000)}, FaultKind::pause,
                               microseconds{lasts_us}, dice.next()});
        plan.duration_us = std::max(plan.duration_us, at_us + lasts_us + 5'000'000);
    }
    std::ranges::stable_sort(plan.faults, {}, &Fault::at);
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    Random dice = stream(seed, Use::plan);
    plan.nodes = pick(dice, {1, 3, 3, 3, 5, 5, 7});
    plan.duration_us = magnitude(dice, 10, 120) * 1'000'000;
    plan.sync_us_min = magnitude(dice, 50, 2'000);
    plan.sync_us_max = plan.sync_us_min * dice.between(1, 20);
    draw_consensus(Random{dice.next()}, plan);
    draw_network(Random{dice.next()}, plan);
    draw_load(Random{dice.next()}, plan);
    Random faults{dice.next()};
    draw_limits(Random{dice.next()}, plan);
    plan.faults = draw_faults(faults, plan.duration_us);
    draw_standstills(Random{dice.next()}, plan);
    draw_snapshots(Random{dice.next()}, plan);
    if (dice.chance(1.0 / 3)) leave_plain(plan);
    leave_out_faults_of_snapshots(plan);
    return plan;
}

}  // namespace kvbus::sim
