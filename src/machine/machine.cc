#include "machine/machine.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "machine/answers.h"
#include "machine/expiry.h"
#include "machine/line.h"
#include "machine/machine_state.h"
#include "machine/transaction.h"

namespace kvbus::machine {
namespace {

// What was compacted gives its memory back bit by bit: more of it than a command or a batch usually adds.
constexpr std::size_t events_released_per_command = 4;
constexpr std::size_t events_released_per_batch = 256;

// What bytes() and history_bytes() leave out: of each live key its records, its places in both indexes, which
// are two thirds full, and what an allocator adds to two blocks; and what is not about keys.
constexpr std::uint64_t overhead_per_key = sizeof(Key) + sizeof(Value) + 2 * 24 + 2 * 16;
constexpr std::uint64_t overhead_per_lease = 256;
constexpr std::uint64_t overhead_per_session = 512;

}  // namespace

Outcome Machine::State::write(const Put& put) {
    const Code code = check(contents, limits, put);
    if (code != Code::ok) return refuse(code);
    if (previous_bytes(contents, limits, put) > limits.answer_bytes_max) return refuse(Code::too_large);
    Write write(contents);
    PutAnswer answer = write.apply(put);
    Outcome outcome{Code::ok, write.finish(), 0};
    if (put.prev_kv) outcome.answer = shared(std::move(answer));
    return outcome;
}

Code Machine::State::check_removal(const Delete& remove) const {
    if (!remove.prev_kv) return Code::ok;
    const RangeQuery query{.key = remove.key, .range_end = remove.range_end};
    return contents.keys
        .range(query, contents.revision, {limits.answer_bytes_max, limits.answer_record_overhead})
        .code;
}

Outcome Machine::State::write(const Delete& remove) {
    const Code code = check_removal(remove);
    if (code != Code::ok) return refuse(code);
    Write write(contents);
    DeleteAnswer answer = write.apply(remove);
    Outcome outcome{Code::ok, write.finish(), answer.deleted};
    if (remove.prev_kv) outcome.answer = shared(std::move(answer));
    return outcome;
}

template <class Operation>
Outcome Machine::State::write_answered(const Operation& operation) {
    const Code code = check(contents, limits, operation);
    if (code != Code::ok) return refuse(code);
    Write write(contents);
    auto answer = write.apply(operation);
    return {Code::ok, write.finish(), 0, shared(std::move(answer))};
}

Outcome Machine::State::write(const Txn& txn) {
    const Path path = path_of(contents, txn);
    const Code code = check(contents, limits, txn, path);
    if (code != Code::ok) return refuse(code);
    Write write(contents);
    TxnAnswer answer = machine::apply(write, txn, path);
    return {Code::ok, write.finish(), 0, shared(std::move(answer))};
}

Outcome Machine::State::write(const LeaseGrant& grant) {
    if (contents.leases.find(grant.lease) != nullptr) return refuse(Code::lease_exists);
    const auto ttl = std::max(grant.ttl, limits.lease_ttl_min);
    contents.leases.grant(grant.lease, ttl, contents.time);
    return {Code::ok, contents.revision, 0, shared(LeaseAnswer{grant.lease, ttl})};
}

Outcome Machine::State::write(const LeaseRevoke& revoke) {
    if (contents.leases.find(revoke.lease) == nullptr) return refuse(Code::lease_not_found);
    Write write(contents);
    write.end_lease(revoke.lease);
    return {Code::ok, write.finish(), 0, shared(LeaseAnswer{revoke.lease, {}})};
}

Outcome Machine::State::write(const LeaseKeepAlive& keep_alive) {
    const Lease* lease = contents.leases.find(keep_alive.lease);
    if (lease == nullptr) return refuse(Code::lease_not_found);
    const LeaseAnswer answer{keep_alive.lease, lease->ttl};
    contents.leases.keep_alive(keep_alive.lease, contents.time);
    return {Code::ok, contents.revision, 0, shared(answer)};
}

Outcome Machine::State::write(const Compact& compact) {
    if (compact.revision <= contents.keys.compacted()) return refuse(Code::compacted);
    if (compact.revision > contents.revision) return refuse(Code::future_revision);
    contents.keys.compact(compact.revision);
    return {Code::ok, contents.revision, 0};
}

Outcome Machine::State::write(const Command& command) {
    return std::visit([this](const auto& operation) { return write(operation); }, command.operation);
}

Outcome Machine::State::write_once(Session& session, const Command& command) {
    session.forget_below(command.first_unanswered);
    if (command.sequence < session.first()) {
        sometimes(Sometimes::stale_request_refused);
        return refuse(Code::stale_request);
    }
    if (command.sequence.value - session.first().value >= limits.unanswered_max)
        return refuse(Code::overloaded);
    auto kept = session.find(command.sequence);
    if (kept) sometimes(Sometimes::retry_answered_from_kept_outcome);
    if (kept && mutated(Mutant::retry_without_its_answer)) kept->answer.reset();
    if (kept && !mutated(Mutant::session_forgets_outcome)) return *kept;
    if (session.answer_bytes() > limits.unanswered_bytes_max) return refuse(Code::overloaded);
    const Outcome outcome = write(command);
    session.keep(command.sequence, outcome);
    return outcome;
}

Outcome Machine::State::write_in_session(const Command& command) {
    KV_CHECK(command.first_unanswered && command.first_unanswered <= command.sequence,
             "checked when it was decoded");
    Session* session = sessions.use(command.client, contents.time);
    if (session == nullptr) return refuse(Code::overloaded);
    return write_once(*session, command);
}

Machine::Machine(Limits limits) : state_(std::make_unique<State>(limits)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

void Machine::advance(ClusterTime time) {
    Contents& contents = state_->contents;
    const ClusterTime before = contents.time;
    contents.time = std::max(before, time);
    state_->history_bounds.age(contents.keys, contents.revision, before, contents.time);
    state_->sessions.forget_idle(contents.time);
    expire(contents, expiries_per_advance);
    state_->history_bounds.enforce(contents.keys, contents.revision);
    contents.keys.release_some(events_released_per_batch);
}

void Machine::limit_history(const HistoryLimits& limits) {
    state_->history_bounds.change(limits);
}

ClusterTime Machine::next_expiry() const {
    return machine::next_expiry(state_->contents);
}

Outcome Machine::apply(const Command& command) {
    Contents& contents = state_->contents;
    Outcome outcome = command.client ? state_->write_in_session(command) : state_->write(command);
    state_->history_bounds.enforce(contents.keys, contents.revision);
    contents.keys.release_some(events_released_per_command);
    return outcome;
}

void Machine::prefetch(std::span<const std::string_view> keys) const {
    state_->contents.keys.prefetch(keys);
}

RangeResult Machine::range(const RangeQuery& query) const {
    const Limits& limits = state_->limits;
    return state_->contents.keys.range(query, state_->contents.revision,
                                       {limits.range_bytes_max, limits.answer_record_overhead});
}

std::optional<Record> Machine::first_of_line(std::string_view name) const {
    const LineRange line = range_of_line(name);
    const RangeResult first = range({.key = line.key,
                                     .range_end = line.range_end,
                                     .limit = 1,
                                     .sort_order = SortOrder::ascend,
                                     .sort_target = SortTarget::create});
    return first.records.empty() ? std::nullopt : std::optional(first.records.front());
}

void Machine::visit_events(Revision first, const std::function<bool(const Event&)>& visit,
                           std::uint64_t skipped) const {
    const Revision held{compacted().value + 1};
    state_->contents.keys.visit_events(std::max(first, held), visit, first < held ? 0 : skipped);
}

std::optional<LeaseStatus> Machine::lease(LeaseId id, bool with_keys) const {
    const Contents& contents = state_->contents;
    const Lease* lease = contents.leases.find(id);
    if (lease == nullptr) return std::nullopt;
    const ClusterTime left = std::max(lease->deadline - contents.time, ClusterTime::zero());
    LeaseStatus status{id, lease->ttl, std::chrono::floor<std::chrono::milliseconds>(left), {}};
    if (with_keys) status.keys.assign(lease->keys.begin(), lease->keys.end());
    return status;
}

std::vector<LeaseId> Machine::leases() const {
    return state_->contents.leases.ids();
}
Revision Machine::revision() const {
    return state_->contents.revision;
}
Revision Machine::compacted() const {
    return state_->contents.keys.compacted();
}
ClusterTime Machine::time() const {
    return state_->contents.time;
}
std::uint64_t Machine::key_count() const {
    return state_->contents.keys.count();
}
std::uint64_t Machine::bytes() const {
    return state_->contents.keys.bytes();
}
std::uint64_t Machine::history_bytes() const {
    return state_->contents.keys.history_bytes();
}
std::uint64_t Machine::session_count() const {
    return state_->sessions.count();
}
std::uint64_t Machine::lease_count() const {
    return state_->contents.leases.count();
}

std::uint64_t Machine::state_hash() const {
    const Contents& contents = state_->contents;
    return contents.keys.content_hash() + hash_of_revision(contents.revision) + contents.leases.hash() +
           contents.deadlines.hash();
}

std::uint64_t Machine::replica_hash() const {
    std::uint64_t hash = state_hash();
    for (const std::uint64_t word : {compacted().value, static_cast<std::uint64_t>(time().count()),
                                     session_count(), state_->sessions.hash()}) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    }
    return hash;
}

std::uint64_t Machine::memory_bytes() const {
    return bytes() + history_bytes() + key_count() * overhead_per_key + lease_count() * overhead_per_lease +
           session_count() * overhead_per_session;
}

}  // namespace kvbus::machine
