#include "sim/plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <sstream>

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr std::array<std::string_view, fault_kinds> fault_names{
    "crash", "crash_all", "crash_lead", "pause",     "isolate", "split",      "bridge",
    "clog",  "slow_disk", "sync_error", "full_disk", "rot",     "drop_client"};

// The fields of a plan by their names in its text, for both directions.
template <class P, class Visitor>
void visit_fields(P& plan, Visitor&& visit) {
    visit("seed", plan.seed);
    visit("nodes", plan.nodes);
    visit("duration_us", plan.duration_us);
    visit("heartbeat_us", plan.heartbeat_us);
    visit("election_us", plan.election_us);
    visit("log_window_bytes", plan.log_window_bytes);
    visit("append_bytes_max", plan.append_bytes_max);
    visit("follower_window_bytes", plan.follower_window_bytes);
    visit("in_flight_requests_max", plan.in_flight_requests_max);
    visit("request_timeout_us", plan.request_timeout_us);
    visit("turn_us_max", plan.turn_us_max);
    visit("clock_drift_ppm_max", plan.clock_drift_ppm_max);
    visit("deaths_heard", plan.deaths_heard);
    visit("delay_us", plan.delay_us);
    visit("loss", plan.loss);
    visit("duplicates", plan.duplicates);
    visit("replays", plan.replays);
    visit("reorder", plan.reorder);
    visit("sync_us_min", plan.sync_us_min);
    visit("sync_us_max", plan.sync_us_max);
    visit("clients", plan.clients);
    visit("raw_clients", plan.raw_clients);
    visit("calls", plan.calls);
    visit("think_us", plan.think_us);
    visit("call_timeout_us", plan.call_timeout_us);
    visit("keys", plan.keys);
    visit("value_bytes_max", plan.value_bytes_max);
    visit("writes", plan.writes);
    visit("removes", plan.removes);
    visit("ranges", plan.ranges);
    visit("serializable", plan.serializable);
}

// Even on a logarithmic scale: small and large orders of magnitude are equally likely.
std::uint64_t magnitude(Random& dice, std::uint64_t low, std::uint64_t high) {
    const double share = static_cast<double>(dice.below(1'000'001)) / 1e6;
    return static_cast<std::uint64_t>(static_cast<double>(low) *
                                      std::pow(static_cast<double>(high) / static_cast<double>(low), share));
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
    {FaultKind::crash, 200, 15'000, 5, 8'000},         {FaultKind::crash_all, 5'000, 30'000, 5, 2'000},
    {FaultKind::crash_lead, 200, 15'000, 5, 8'000},    {FaultKind::pause, 300, 20'000, 10, 6'000},
    {FaultKind::isolate, 300, 20'000, 20, 8'000},      {FaultKind::split, 300, 20'000, 20, 8'000},
    {FaultKind::bridge, 2'000, 20'000, 50, 8'000},     {FaultKind::clog, 500, 10'000, 10, 5'000},
    {FaultKind::slow_disk, 1'000, 20'000, 100, 8'000}, {FaultKind::sync_error, 3'000, 30'000, 5, 5'000},
    {FaultKind::full_disk, 3'000, 30'000, 100, 5'000}, {FaultKind::rot, 10'000, 60'000, 0, 0},
    {FaultKind::drop_client, 500, 10'000, 0, 0},
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
    plan.turn_us_max = magnitude(dice, 10, 5'000);
    if (dice.chance(0.5)) plan.clock_drift_ppm_max = magnitude(dice, 100, 50'000);
    plan.deaths_heard = dice.chance(0.7) ? 1 : 0;
}

void draw_network(Random dice, Plan& plan) {
    plan.delay_us = magnitude(dice, 50, 20'000);
    if (dice.chance(0.5)) plan.loss = magnitude(dice, 1'000, 300'000);
    if (dice.chance(0.5)) plan.duplicates = magnitude(dice, 1'000, 200'000);
    if (dice.chance(0.5)) plan.replays = magnitude(dice, 1'000, 50'000);
    plan.reorder = dice.chance(0.5) ? 1 : 0;
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
}

}  // namespace

std::string_view name_of(FaultKind kind) {
    return fault_names[static_cast<std::size_t>(kind)];
}

Random stream(std::uint64_t seed, std::uint64_t use) {
    return Random{seed * 0x9e3779b97f4a7c15 ^ (use + 1) * 0xd1342543de82ef95};
}

Plan draw_plan(std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    Random dice = stream(seed, 0);
    plan.nodes = pick(dice, {1, 3, 3, 3, 5, 5, 7});
    plan.duration_us = magnitude(dice, 10, 120) * 1'000'000;
    plan.sync_us_min = magnitude(dice, 50, 2'000);
    plan.sync_us_max = plan.sync_us_min * dice.between(1, 20);
    draw_consensus(Random{dice.next()}, plan);
    draw_network(Random{dice.next()}, plan);
    draw_load(Random{dice.next()}, plan);
    plan.faults = draw_faults(Random{dice.next()}, plan.duration_us);
    return plan;
}

std::string to_text(const Plan& plan) {
    std::ostringstream text;
    visit_fields(plan,
                 [&](std::string_view name, std::uint64_t value) { text << name << ' ' << value << '\n'; });
    for (const Fault& fault : plan.faults) {
        text << "fault " << fault.at / microseconds{1} << ' ' << name_of(fault.kind) << ' '
             << fault.lasts / microseconds{1} << ' ' << fault.dice << '\n';
    }
    return text.str();
}

bool set_field(Plan& plan, std::string_view name, std::uint64_t value) {
    bool is_known = false;
    visit_fields(plan, [&](std::string_view field, std::uint64_t& target) {
        if (field != name) return;
        target = value;
        is_known = true;
    });
    return is_known;
}

Result<Plan> parse_plan(std::string_view text) {
    Plan plan;
    std::istringstream lines{std::string{text}};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const auto malformed = [&](const char* what) {
            return Error{Code::malformed,
                         "line " + std::to_string(number) + ": " + what + ": '" + line + "'"};
        };
        std::istringstream words{line};
        std::string name;
        if (!(words >> name) || name.starts_with('#')) continue;
        if (name == "fault") {
            std::uint64_t at = 0, lasts = 0, dice = 0;
            std::string kind;
            if (!(words >> at >> kind >> lasts >> dice))
                return malformed("not fault AT_US KIND LASTS_US DICE");
            const auto found = std::ranges::find(fault_names, kind);
            if (found == fault_names.end()) return malformed("no such kind of fault");
            plan.faults.push_back({microseconds{at}, static_cast<FaultKind>(found - fault_names.begin()),
                                   microseconds{lasts}, dice});
            continue;
        }
        std::uint64_t value = 0;
        if (!(words >> value)) return malformed("not NAME NUMBER");
        if (!set_field(plan, name, value)) return malformed("no such field of a plan");
    }
    if (plan.nodes < 1 || plan.nodes > 7 || plan.keys < 1 || plan.election_us <= plan.heartbeat_us)
        return Error{Code::invalid_argument,
                     "a plan needs 1-7 nodes, a key, and election_us above heartbeat_us"};
    return plan;
}

}  // namespace kvbus::sim
