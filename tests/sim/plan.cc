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
    "crash",       "crash_all", "crash_lead", "pause",        "isolate",      "split",
    "bridge",      "clog",      "slow_disk",  "sync_error",   "full_disk",    "rot",
    "drop_client", "strand",    "comeback",   "leave_behind", "crash_holder", "crash_receiver"};

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
    visit("snapshot_log_bytes", plan.snapshot_log_bytes);
    visit("snapshot_log_percent", plan.snapshot_log_percent);
    visit("log_kept_bytes", plan.log_kept_bytes);
    visit("snapshot_chunk_bytes", plan.snapshot_chunk_bytes);
    visit("snapshot_parts_per_turn", plan.snapshot_parts_per_turn);
    visit("bulk_us", plan.bulk_us);
    visit("load_us_max", plan.load_us_max);
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
    visit("plain", plan.plain);
    visit("increments", plan.increments);
    visit("appends", plan.appends);
    visit("edits", plan.edits);
    visit("transactions", plan.transactions);
    visit("leases", plan.leases);
    visit("compactions", plan.compactions);
    visit("watchers", plan.watchers);
    visit("candidates", plan.candidates);
    visit("lease_ttl_us_min", plan.lease_ttl_us_min);
    visit("ttl_us_max", plan.ttl_us_max);
    visit("grown_value_bytes_max", plan.grown_value_bytes_max);
    visit("sessions_max", plan.sessions_max);
    visit("unanswered_max", plan.unanswered_max);
    visit("history_bytes_max", plan.history_bytes_max);
    visit("history_revisions_max", plan.history_revisions_max);
    visit("history_age_us_max", plan.history_age_us_max);
}

}  // namespace

std::string_view name_of(FaultKind kind) {
    return fault_names[static_cast<std::size_t>(kind)];
}

Random stream(std::uint64_t seed, Use use, std::uint64_t which) {
    const std::uint64_t tag = static_cast<std::uint64_t>(use) << 48 | which;
    return Random{seed * 0x9e3779b97f4a7c15 ^ (tag + 1) * 0xd1342543de82ef95};
}

bool has_bounded_history(const Plan& plan) {
    return plan.history_bytes_max != Plan{}.history_bytes_max || plan.history_revisions_max > 0 ||
           plan.history_age_us_max > 0;
}

machine::Limits machine_limits(const Plan& plan) {
    machine::Limits limits;
    limits.sessions_max = plan.sessions_max;
    limits.unanswered_max = plan.unanswered_max;
    limits.session_idle_max = microseconds{plan.session_idle_us};
    limits.value_bytes_max = plan.grown_value_bytes_max;
    limits.history.bytes_max = plan.history_bytes_max;
    limits.history.revisions_max = plan.history_revisions_max;
    limits.history.age_max = microseconds{plan.history_age_us_max};
    limits.lease_ttl_min = std::chrono::floor<std::chrono::milliseconds>(microseconds{plan.lease_ttl_us_min});
    return limits;
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
    if (plan.snapshot_chunk_bytes == 0 || plan.snapshot_parts_per_turn == 0)
        return "snapshot_chunk_bytes, snapshot_parts_per_turn: at least 1";
    if (plan.clock_drift_ppm_max > 100'000) return "clock_drift_ppm_max: at most 100000";
    if (plan.value_bytes_max < 1 || plan.value_bytes_max > 1'000'000) return "value_bytes_max: 1 to 1000000";
    if (plan.lease_ttl_us_min < 1000 || plan.ttl_us_max < plan.lease_ttl_us_min)
        return "lease_ttl_us_min: at least 1000, and no more than ttl_us_max";
    if (plan.sessions_max <= plan.clients + plan.nodes || plan.unanswered_max == 0)
        return "sessions_max: more than clients and nodes; unanswered_max: at least 1";
    if (plan.plain + plan.increments + plan.appends + plan.edits + plan.transactions + plan.leases == 0)
        return "plain, increments, appends, edits, transactions, leases: not all 0";
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
