#include "sim/plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <iterator>
#include <optional>
#include <sstream>

#include "sim/number.h"

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr std::array<std::string_view, fault_kinds> fault_names{
    "crash", "crash_all", "crash_lead", "pause",     "isolate", "split",       "bridge",
    "clog",  "slow_disk", "sync_error", "full_disk", "rot",     "drop_client", "strand"};

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
    visit("uncommitted_bytes_max", plan.uncommitted_bytes_max);
    visit("session_idle_us", plan.session_idle_us);
    visit("request_timeout_us", plan.request_timeout_us);
    visit("turn_us_max", plan.turn_us_max);
    visit("clock_drift_ppm_max", plan.clock_drift_ppm_max);
    visit("deaths_heard", plan.deaths_heard);
    visit("delay_us", plan.delay_us);
    visit("loss", plan.loss);
    visit("duplicates", plan.duplicates);
    visit("replays", plan.replays);
    visit("garbage", plan.garbage);
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
    {FaultKind::crash, 200, 15'000, 5, 8'000},         {FaultKind::crash_all, 5'000, 30'000, 5, 2'000},
    {FaultKind::crash_lead, 200, 15'000, 5, 8'000},    {FaultKind::pause, 300, 20'000, 10, 6'000},
    {FaultKind::isolate, 300, 20'000, 20, 8'000},      {FaultKind::split, 300, 20'000, 20, 8'000},
    {FaultKind::bridge, 2'000, 20'000, 50, 8'000},     {FaultKind::clog, 500, 10'000, 10, 5'000},
    {FaultKind::slow_disk, 1'000, 20'000, 100, 8'000}, {FaultKind::sync_error, 3'000, 30'000, 5, 5'000},
    {FaultKind::full_disk, 3'000, 30'000, 100, 5'000}, {FaultKind::rot, 10'000, 60'000, 0, 0},
    {FaultKind::drop_client, 500, 10'000, 0, 0},       {FaultKind::strand, 300, 10'000, 20, 4'000},
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

// What is rare in the field, and must not be here.
void draw_limits(Random dice, Plan& plan) {
    if (dice.chance(0.2)) plan.garbage = magnitude(dice, 100, 10'000);
    if (dice.chance(0.1)) plan.uncommitted_bytes_max = magnitude(dice, 256, 65'536);
    if (dice.chance(0.2)) plan.session_idle_us = 2 * plan.call_timeout_us + 25'000'000;
    if (dice.chance(0.02)) {  // values of which few fit one entry
        plan.value_bytes_max = 900'000;
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

std::string_view name_of(FaultKind kind) {
    return fault_names[static_cast<std::size_t>(kind)];
}

Random stream(std::uint64_t seed, Use use, std::uint64_t which) {
    const std::uint64_t tag = static_cast<std::uint64_t>(use) << 48 | which;
    return Random{seed * 0x9e3779b97f4a7c15 ^ (tag + 1) * 0xd1342543de82ef95};
}

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

namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
    std::istringstream stream{line};
    return {std::istream_iterator<std::string>{stream}, {}};
}

constexpr std::uint64_t time_us_max = 1'000'000'000'000;

// The text of what is wrong with a line, or nothing.
std::string read_fault(const Words& words, Plan& plan) {
    constexpr const char* form = "not fault AT_US KIND LASTS_US DICE";
    if (words.size() != 5) return form;
    const auto at = number_in(words[1]), lasts = number_in(words[3]), dice = number_in(words[4]);
    if (!at || !lasts || !dice) return form;
    if (*at > time_us_max || *lasts > time_us_max) return "too long a time";
    const auto kind = std::ranges::find(fault_names, words[2]);
    if (kind == fault_names.end()) return "no such kind of fault";
    plan.faults.push_back(
        {microseconds{*at}, static_cast<FaultKind>(kind - fault_names.begin()), microseconds{*lasts}, *dice});
    return "";
}

std::string read_field(const Words& words, Plan& plan) {
    const auto value = words.size() == 2 ? number_in(words[1]) : std::nullopt;
    if (!value || *value > time_us_max) return "not NAME NUMBER";
    return set_field(plan, words[0], *value) ? "" : "no such field of a plan";
}

}  // namespace

std::string contradiction_in(const Plan& plan) {
    if (plan.nodes < 1 || plan.nodes > 7) return "nodes: 1 to 7";
    if (plan.keys < 1 || plan.keys > 10'000) return "keys: 1 to 10000";
    if (plan.heartbeat_us == 0 || plan.election_us <= plan.heartbeat_us)
        return "election_us must be greater than heartbeat_us, and that than 0";
    if (plan.sync_us_max < plan.sync_us_min) return "sync_us_max must not be less than sync_us_min";
    if (plan.clock_drift_ppm_max > 100'000) return "clock_drift_ppm_max: at most 100000";
    if (plan.value_bytes_max < 1 || plan.value_bytes_max > 1'000'000) return "value_bytes_max: 1 to 1000000";
    for (const std::uint64_t chance : {plan.loss, plan.duplicates, plan.replays, plan.garbage, plan.writes,
                                       plan.removes, plan.ranges, plan.serializable}) {
        if (chance > 1'000'000) return "a chance is over 1000000, which is always";
    }
    return "";
}

Result<Plan> parse_plan(std::string_view text) {
    Plan plan;
    std::istringstream lines{std::string{text}};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const Words words = words_of(line);
        if (words.empty() || words[0].starts_with('#')) continue;
        const std::string wrong = words[0] == "fault" ? read_fault(words, plan) : read_field(words, plan);
        if (!wrong.empty())
            return Error{Code::malformed,
                         "line " + std::to_string(number) + ": " + wrong + ": '" + line + "'"};
    }
    if (const std::string wrong = contradiction_in(plan); !wrong.empty())
        return Error{Code::invalid_argument, "the plan: " + wrong};
    return plan;
}

}  // namespace kvbus::sim
