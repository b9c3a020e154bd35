#include "oracle/reference_machine.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <utility>

#include "oracle/reference_range.h"

namespace kvbus::oracle {
namespace {

using machine::Answer;
using machine::ClusterTime;
using machine::Outcome;

constexpr Revision latest{~std::uint64_t{0}};

bool covers(std::string_view key, std::string_view range_end, std::string_view candidate) {
    if (range_end.empty()) return candidate == key;
    if (range_end == std::string_view{"\0", 1}) return candidate >= key;
    return key <= candidate && candidate < range_end;
}

std::string text_of(std::int64_t number) {
    return std::to_string(number);
}

// Only what text_of() writes: no sign before a positive number, no leading zeros, no spaces, nothing beyond
// 64 bits.
std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || text_of(number) != text) return std::nullopt;
    return number;
}

std::optional<std::int64_t> sum(std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
    return result;
}

template <class T>
bool related(machine::Relation relation, const T& found, const T& given) {
    switch (relation) {
        case machine::Relation::equal:
            return found == given;
        case machine::Relation::greater:
            return found > given;
        case machine::Relation::less:
            return found < given;
        case machine::Relation::not_equal:
            return found != given;
    }
    return false;
}

bool holds_for(const machine::Compare& compare, const KeyValue& record) {
    switch (compare.target) {
        case machine::CompareTarget::version:
            return related(compare.relation, record.version, compare.number);
        case machine::CompareTarget::create:
            return related(compare.relation, record.create_revision.value, compare.number);
        case machine::CompareTarget::mod:
            return related(compare.relation, record.mod_revision.value, compare.number);
        case machine::CompareTarget::value:
            return related(compare.relation, std::string_view{record.value}, compare.value);
        case machine::CompareTarget::lease:
            return related(compare.relation, record.lease.value, compare.number);
    }
    return false;
}

Outcome told(Outcome outcome, Answer answer) {
    outcome.answer = std::make_shared<const Answer>(std::move(answer));
    return outcome;
}

// What an operation's answer adds to its outcome outside of a transaction.
Outcome outcome_of(const machine::Put& put, Revision revision, Answer answer) {
    const Outcome outcome{Code::ok, revision, 0, nullptr};
    return put.prev_kv ? told(outcome, std::move(answer)) : outcome;
}
Outcome outcome_of(const machine::Delete& remove, Revision revision, Answer answer) {
    const Outcome outcome{Code::ok, revision, std::get<machine::DeleteAnswer>(answer.body).deleted, nullptr};
    return remove.prev_kv ? told(outcome, std::move(answer)) : outcome;
}
template <class Operation>
Outcome outcome_of(const Operation&, Revision revision, Answer answer) {
    return told({Code::ok, revision, 0, nullptr}, std::move(answer));
}

}  // namespace

// --- looking at keys ---------------------------------------------------------------------------------------

std::optional<KeyValue> ReferenceMachine::at(std::string_view key, Revision revision) const {
    const auto versions = history_.find(key);
    if (versions == history_.end()) return std::nullopt;
    const auto after = versions->second.upper_bound(revision);
    if (after == versions->second.begin()) return std::nullopt;
    return std::prev(after)->second;
}

std::optional<KeyValue> ReferenceMachine::now(std::string_view key) const {
    return at(key, latest);
}

std::vector<KeyValue> ReferenceMachine::records(std::string_view key, std::string_view range_end,
                                                Revision revision) const {
    std::vector<KeyValue> found;
    for (auto next = history_.lower_bound(key); next != history_.end(); ++next) {
        if (!covers(key, range_end, next->first)) break;
        if (auto record = at(next->first, revision)) found.push_back(*std::move(record));
    }
    return found;
}

std::vector<KeyValue> ReferenceMachine::records_now(std::string_view key, std::string_view range_end) const {
    return records(key, range_end, latest);
}

std::vector<std::string> ReferenceMachine::keys_of(LeaseId lease) const {
    std::vector<std::string> keys;
    for (const auto& [key, versions] : history_) {
        const auto record = now(key);
        if (record && record->lease == lease) keys.push_back(key);
    }
    return keys;
}

Code ReferenceMachine::readable(Revision revision) const {
    if (!revision) return Code::ok;
    if (revision > revision_) return Code::future_revision;
    if (revision < compacted_) return Code::compacted;
    return Code::ok;
}

machine::RangeAnswer ReferenceMachine::range_ever(const machine::RangeQuery& query) const {
    std::vector<KeyValue> found =
        records(query.key, query.range_end, query.revision ? query.revision : latest);
    return arranged(query, std::move(found));
}

RangeOutcome ReferenceMachine::range(const machine::RangeQuery& query) const {
    const Code code = readable(query.revision);
    if (code != Code::ok) return {code, {}};
    return {Code::ok, range_ever(query)};
}

std::optional<KeyValue> ReferenceMachine::first_of_line(std::string_view name) const {
    std::optional<KeyValue> first;
    for (const auto& [key, versions] : history_) {
        const auto record = now(key);
        if (!record || !key.starts_with(std::string(name) + "/")) continue;
        if (!first || record->create_revision < first->create_revision) first = record;
    }
    return first;
}

std::vector<Change> ReferenceMachine::events(Revision first) const {
    std::vector<Change> found;
    const Revision from = std::max(first, Revision{compacted_.value + 1});
    for (auto changes = events_.lower_bound(from); changes != events_.end(); ++changes)
        found.insert(found.end(), changes->second.begin(), changes->second.end());
    return found;
}

const std::vector<Change>& ReferenceMachine::changes_at(Revision revision) const {
    static const std::vector<Change> none;
    const auto changes = events_.find(revision);
    return changes == events_.end() ? none : changes->second;
}

std::optional<ClusterTime> ReferenceMachine::deadline_of(const std::string& key) const {
    const auto found = deadlines_.find(key);
    if (found == deadlines_.end()) return std::nullopt;
    return found->second;
}

std::optional<LeaseReport> ReferenceMachine::lease(LeaseId lease) const {
    const auto found = leases_.find(lease);
    if (found == leases_.end()) return std::nullopt;
    const ClusterTime left = std::max(found->second.deadline - time_, ClusterTime::zero());
    return LeaseReport{lease, found->second.granted, std::chrono::floor<std::chrono::milliseconds>(left),
                       keys_of(lease)};
}

std::vector<LeaseId> ReferenceMachine::leases() const {
    std::vector<LeaseId> ids;
    for (const auto& [id, lease] : leases_)
        ids.push_back(id);
    return ids;
}

ClusterTime ReferenceMachine::next_expiry() const {
    ClusterTime next = ClusterTime::max();
    for (const auto& [id, lease] : leases_)
        next = std::min(next, lease.deadline);
    for (const auto& [key, deadline] : deadlines_)
        next = std::min(next, deadline);
    return next;
}

std::uint64_t ReferenceMachine::key_count() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(history_, [this](const auto& entry) { return now(entry.first).has_value(); }));
}

std::uint64_t ReferenceMachine::bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [key, versions] : history_) {
        if (const auto record = now(key)) bytes += key.size() + record->value.size();
    }
    return bytes;
}

// --- what stands against an operation ----------------------------------------------------------------------

Code ReferenceMachine::check(const machine::Put& put, const Path&) const {
    if (put.lease && !leases_.contains(put.lease)) return Code::lease_not_found;
    if ((put.ignore_value || put.ignore_lease) && !now(put.key)) return Code::key_not_found;
    return Code::ok;
}

Code ReferenceMachine::check(const machine::Delete&, const Path&) const {
    return Code::ok;
}

Code ReferenceMachine::check(const machine::Append& append, const Path&) const {
    const auto before = now(append.key);
    const std::uint64_t bytes = (before ? before->value.size() : 0) + append.value.size();
    return bytes > limits_.value_bytes_max ? Code::overflow : Code::ok;
}

Code ReferenceMachine::check(const machine::Increment& increment, const Path&) const {
    const auto before = now(increment.key);
    const auto number = before ? number_in(before->value) : 0;
    if (!number) return Code::wrong_type;
    return sum(*number, increment.delta) ? Code::ok : Code::overflow;
}

Code ReferenceMachine::check(const machine::RangeQuery& query, const Path&) const {
    return readable(query.revision);
}

Code ReferenceMachine::check(const machine::Txn& txn, const Path& path) const {
    for (const machine::Operation& operation : path.at(&txn) ? txn.success : txn.failure) {
        const Code code = std::visit([&](const auto& body) { return check(body, path); }, operation.body);
        if (code != Code::ok) return code;
    }
    return Code::ok;
}

bool ReferenceMachine::holds(const machine::Compare& compare) const {
    const std::vector<KeyValue> found = records_now(compare.key, compare.range_end);
    if (found.empty())
        return compare.target != machine::CompareTarget::value && holds_for(compare, KeyValue{});
    return std::ranges::all_of(found, [&](const KeyValue& record) { return holds_for(compare, record); });
}

void ReferenceMachine::decide(const machine::Txn& txn, Path& path) const {
    const bool succeeded =
        std::ranges::all_of(txn.compares, [this](const auto& compare) { return holds(compare); });
    path[&txn] = succeeded;
    for (const machine::Operation& operation : succeeded ? txn.success : txn.failure) {
        if (const auto* nested = std::get_if<machine::Txn>(&operation.body)) decide(*nested, path);
    }
}

// --- doing it ----------------------------------------------------------------------------------------------

Answer ReferenceMachine::perform(const machine::Put& put, const Path&) {
    const auto before = now(put.key);
    machine::PutAnswer answer;
    if (put.prev_kv && before) answer.previous.push_back(*before);
    const std::string key{put.key};
    store(key, put.ignore_value ? before->value : std::string(put.value),
          put.ignore_lease ? before->lease : put.lease);
    if (!put.ignore_lease) {
        deadlines_.erase(key);
        if (put.ttl > put.ttl.zero()) deadlines_[key] = time_ + put.ttl;
    }
    return {answer};
}

Answer ReferenceMachine::perform(const machine::Delete& remove, const Path&) {
    const std::vector<KeyValue> removed = records_now(remove.key, remove.range_end);
    for (const KeyValue& record : removed)
        remove_key(record.key);
    machine::DeleteAnswer answer;
    answer.deleted = removed.size();
    if (remove.prev_kv) answer.previous = removed;
    return {answer};
}

Answer ReferenceMachine::perform(const machine::Append& append, const Path&) {
    const KeyValue before = now(append.key).value_or(KeyValue{});
    store(append.key, before.value + std::string(append.value), before.lease);
    return {machine::AppendAnswer{before.value.size() + append.value.size()}};
}

Answer ReferenceMachine::perform(const machine::Increment& increment, const Path&) {
    const auto before = now(increment.key);
    const std::int64_t after = sum(before ? number_in(before->value).value() : 0, increment.delta).value();
    store(increment.key, text_of(after), before ? before->lease : LeaseId{});
    return {machine::IncrementAnswer{after}};
}

Answer ReferenceMachine::perform(const machine::RangeQuery& query, const Path&) {
    return {range_ever(query)};
}

Answer ReferenceMachine::perform(const machine::Txn& txn, const Path& path) {
    machine::TxnAnswer answer;
    answer.succeeded = path.at(&txn);
    for (const machine::Operation& operation : answer.succeeded ? txn.success : txn.failure) {
        answer.answers.push_back(
            std::visit([&](const auto& body) { return perform(body, path); }, operation.body));
    }
    return {answer};
}

void ReferenceMachine::store(std::string_view key, std::string value, LeaseId lease) {
    const Revision revision{revision_.value + 1};
    const auto before = now(key);
    KeyValue record;
    record.key = key;
    record.value = std::move(value);
    record.create_revision = before ? before->create_revision : revision;
    record.mod_revision = revision;
    record.version = before ? before->version + 1 : 1;
    record.lease = lease;
    this->record(record.key, record);
}

void ReferenceMachine::remove_key(const std::string& key) {
    record(key, std::nullopt);
    deadlines_.erase(key);
}

void ReferenceMachine::record(const std::string& key, const std::optional<KeyValue>& version) {
    const Revision revision{revision_.value + 1};
    Change change;
    change.is_put = version.has_value();
    change.previous = now(key);
    if (version) {
        change.record = *version;
    } else {
        change.record.key = key;
        change.record.mod_revision = revision;
    }
    events_[revision].push_back(change);
    history_[key][revision] = version;
}

// All changes since the last call are of one revision.
void ReferenceMachine::finish_revision() {
    const Revision next{revision_.value + 1};
    if (events_.contains(next)) revision_ = next;
}

// --- commands ----------------------------------------------------------------------------------------------

Outcome ReferenceMachine::apply(const machine::Command& command) {
    if (!command.client) return evaluate(command);
    if (!sessions_.contains(command.client) && sessions_.size() >= limits_.sessions_max)
        return refusal(Code::overloaded);
    Session& session = sessions_[command.client];
    session.last_use = time_;
    session.first = std::max(session.first, command.first_unanswered);
    if (command.sequence < session.first) return refusal(Code::stale_request);
    if (command.sequence.value - session.first.value >= limits_.unanswered_max)
        return refusal(Code::overloaded);
    const auto kept = session.outcomes.find(command.sequence);
    if (kept != session.outcomes.end()) return kept->second;
    const Outcome outcome = evaluate(command);
    session.outcomes.emplace(command.sequence, outcome);
    return outcome;
}

Outcome ReferenceMachine::evaluate(const machine::Command& command) {
    return std::visit([this](const auto& operation) { return write(operation); }, command.operation);
}

template <class Operation>
Outcome ReferenceMachine::write(const Operation& operation) {
    Path path;
    if constexpr (std::is_same_v<Operation, machine::Txn>) decide(operation, path);
    const Code code = check(operation, path);
    if (code != Code::ok) return refusal(code);
    Answer answer = perform(operation, path);
    finish_revision();
    return outcome_of(operation, revision_, std::move(answer));
}

Outcome ReferenceMachine::write(const machine::LeaseGrant& grant) {
    if (leases_.contains(grant.lease)) return refusal(Code::lease_exists);
    const auto granted = std::max(grant.ttl, limits_.lease_ttl_min);
    leases_[grant.lease] = {granted, time_ + granted};
    return told(refusal(Code::ok), {machine::LeaseAnswer{grant.lease, granted}});
}

Outcome ReferenceMachine::write(const machine::LeaseRevoke& revoke) {
    if (!leases_.contains(revoke.lease)) return refusal(Code::lease_not_found);
    for (const std::string& key : keys_of(revoke.lease))
        remove_key(key);
    finish_revision();
    leases_.erase(revoke.lease);
    return told(refusal(Code::ok), {machine::LeaseAnswer{revoke.lease, {}}});
}

Outcome ReferenceMachine::write(const machine::LeaseKeepAlive& keep_alive) {
    const auto found = leases_.find(keep_alive.lease);
    if (found == leases_.end()) return refusal(Code::lease_not_found);
    found->second.deadline = time_ + found->second.granted;
    return told(refusal(Code::ok), {machine::LeaseAnswer{keep_alive.lease, found->second.granted}});
}

Outcome ReferenceMachine::write(const machine::Compact& compact) {
    if (compact.revision > revision_) return refusal(Code::future_revision);
    if (compact.revision <= compacted_) return refusal(Code::compacted);
    compact_to(compact.revision);
    return refusal(Code::ok);
}

Outcome ReferenceMachine::write(const machine::Campaign& campaign) {
    if (!leases_.contains(campaign.lease)) return refusal(Code::lease_not_found);
    std::ostringstream key;
    key << campaign.name << '/' << std::hex << campaign.lease.value;
    if (!now(key.str())) {
        store(key.str(), std::string(campaign.value), campaign.lease);
        finish_revision();
    }
    return told(refusal(Code::ok), {machine::CampaignAnswer{key.str(), now(key.str())->create_revision}});
}

void ReferenceMachine::compact_to(Revision revision) {
    compacted_ = std::max(compacted_, revision);
}

// --- time --------------------------------------------------------------------------------------------------

Expired ReferenceMachine::advance(ClusterTime time) {
    time_ = std::max(time_, time);
    forget_idle_sessions();
    Expired expired;
    end_keys(end_leases(machine::Machine::expiries_per_advance, expired), expired);
    return expired;
}

void ReferenceMachine::forget_idle_sessions() {
    std::erase_if(sessions_, [this](const auto& session) {
        return time_ - session.second.last_use > limits_.session_idle_max;
    });
}

std::uint64_t ReferenceMachine::end_leases(std::uint64_t removals_max, Expired& expired) {
    std::set<std::pair<ClusterTime, LeaseId>> due;
    for (const auto& [id, lease] : leases_) {
        if (lease.deadline <= time_) due.emplace(lease.deadline, id);
    }
    std::uint64_t left = removals_max;
    bool first = true;
    for (const auto& [deadline, id] : due) {
        const std::vector<std::string> keys = keys_of(id);
        if (keys.size() > left && !first) return 0;
        for (const std::string& key : keys)
            remove_key(key);
        finish_revision();
        leases_.erase(id);
        expired.leases.push_back(id);
        left -= std::min<std::uint64_t>(left, keys.size());
        first = false;
    }
    return left;
}

void ReferenceMachine::end_keys(std::uint64_t removals_max, Expired& expired) {
    std::set<std::pair<ClusterTime, std::string>> due;
    for (const auto& [key, deadline] : deadlines_) {
        if (deadline <= time_) due.emplace(deadline, key);
    }
    std::uint64_t left = removals_max;
    for (const auto& [deadline, key] : due) {
        if (left == 0) break;
        remove_key(key);
        expired.keys.push_back(key);
        left -= 1;
    }
    finish_revision();
}

}  // namespace kvbus::oracle
