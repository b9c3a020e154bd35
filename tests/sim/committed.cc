#include "sim/committed.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include "base/check.h"
#include "base/overloaded.h"
#include "oracle/describe.h"
#include "oracle/difference.h"
#include "scenario/violation.h"
#include "wire/batch.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;

std::string describe_number(ClientId client, Sequence sequence) {
    return "write " + std::to_string(sequence.value) + " of client " + std::to_string(client.value);
}

}  // namespace

std::string text_of(const machine::Change& operation) {
    std::string text;
    wire::append_command(text, machine::without_session(operation));
    return text;
}

void Committed::apply(const raft::Entry& entry, Instant now) {
    entries_.push_back(entry);
    const Revision before = reference_.revision();
    if (entry.type == raft::EntryType::commands) {
        wire::BatchReader batch(entry.data.view());
        if (batch.ok()) advance(batch.time(), now);
        for (std::size_t position = 0; const auto command = batch.next(); ++position)
            apply(*command, entry.id.index, position, now);
        if (!batch.ok()) throw Violation("an entry that is no batch was committed");
    }
    note_compaction(now);
    revisions_.push_back(reference_.revision());
    known_at_.resize(reference_.revision().value + 1, now);
    for (Revision next{before.value + 1}; next <= reference_.revision(); ++next.value)
        for (const oracle::Change& change : reference_.changes_at(next))
            keys_.insert(change.record.key);
}

void Committed::advance(machine::ClusterTime time, Instant now) {
    const oracle::Expired expired = reference_.advance(time);
    for (const LeaseId lease : expired.leases) {
        const Renewal& last = lease_renewals_.at(lease);
        expiries_.push_back(
            {"lease " + std::to_string(lease.value), now, last.ttl, last.client, last.sequence});
        end_lease(lease, now);
    }
    for (const std::string& key : expired.keys) {
        const Renewal& last = key_renewals_.at(key);
        expiries_.push_back(
            {"key " + oracle::describe_bytes(key), now, last.ttl, last.client, last.sequence});
    }
}

void Committed::apply(const machine::Command& command, Index index, std::size_t position, Instant now) {
    const Revision before = reference_.revision();
    const machine::Outcome outcome = reference_.apply(command);
    if (!machine::is_evaluated(outcome.code)) return;
    if (const Applied* known = find(command.client, command.sequence)) {
        ++retries_met_;
        if (reference_.revision() == before && outcome == known->outcome) return;
        throw Violation(describe_number(command.client, command.sequence) + " was applied twice");
    }
    const bool wrote = reference_.revision() != before;
    if (command.client) numbered_[{command.client, command.sequence}] = commands_.size();
    commands_.push_back({command.client, command.sequence, index, position, wrote, outcome});
    if (outcome.code == Code::ok) note(command, outcome, now);
}

// Who had what begin to live.
void Committed::note(const machine::Command& command, const machine::Outcome& outcome, Instant now) {
    const auto granted = [&] { return std::get<machine::LeaseAnswer>(outcome.answer->body).ttl; };
    std::visit(
        Overloaded{[&](const machine::LeaseGrant& grant) {
                       open_lives_[grant.lease] = lease_lives_.size();
                       lease_lives_.push_back({.lease = grant.lease, .granted = granted(), .from = now});
                       lease_renewals_[grant.lease] = {command.client, command.sequence, granted()};
                   },
                   [&](const machine::LeaseKeepAlive& keep_alive) {
                       lease_renewals_[keep_alive.lease] = {command.client, command.sequence, granted()};
                   },
                   [&](const machine::LeaseRevoke& revoke) { end_lease(revoke.lease, now); },
                   [&](const machine::Put& put) { note_ttl(command, put); },
                   [&](const machine::Txn& txn) {
                       note_ttls(command, txn.success);
                       note_ttls(command, txn.failure);
                   },
                   [](const auto&) {}},
        command.operation);
}

void Committed::note_ttls(const machine::Command& command,
                          const std::vector<machine::Operation>& operations) {
    for (const machine::Operation& operation : operations) {
        if (const auto* put = std::get_if<machine::Put>(&operation.body)) note_ttl(command, *put);
        const auto* txn = std::get_if<machine::Txn>(&operation.body);
        if (txn == nullptr) continue;
        note_ttls(command, txn->success);
        note_ttls(command, txn->failure);
    }
}

// A put in a branch that was not taken has not set this deadline.
void Committed::note_ttl(const machine::Command& command, const machine::Put& put) {
    if (put.ttl.count() == 0) return;
    const std::string key{put.key};
    if (reference_.deadline_of(key) == reference_.time() + put.ttl)
        key_renewals_[key] = {command.client, command.sequence, put.ttl};
}

void Committed::end_lease(LeaseId lease, Instant now) {
    const auto open = open_lives_.find(lease);
    KV_CHECK(open != open_lives_.end(), "a lease that ends was granted");
    lease_lives_[open->second].ended = now;
    open_lives_.erase(open);
}

void Committed::compacted_by_itself(Revision revision, Instant now) {
    reference_.compact_to(revision);
    note_compaction(now);
}

void Committed::note_compaction(Instant now) {
    const Revision known = compactions_.empty() ? Revision{} : compactions_.back().second;
    if (reference_.compacted() > known) compactions_.emplace_back(now, reference_.compacted());
}

Revision Committed::compacted_by(Instant time) const {
    const auto later = std::ranges::upper_bound(compactions_, time, {}, &std::pair<Instant, Revision>::first);
    return later == compactions_.begin() ? Revision{} : std::prev(later)->second;
}

Instant Committed::known_at(Revision revision) const {
    return known_at_.at(revision.value);
}

const Committed::Applied* Committed::find(ClientId client, Sequence sequence) const {
    const auto found = numbered_.find({client, sequence});
    return found == numbered_.end() ? nullptr : &commands_[found->second];
}

std::string Committed::text_of(const Applied& applied) const {
    wire::BatchReader batch(entries_.at(applied.index.value - 1).data.view());
    for (std::size_t position = 0; position < applied.position; ++position)
        (void)batch.next();
    return sim::text_of(batch.next()->operation);
}

void Committed::compare_changes(const machine::Machine& machine) {
    if (const auto difference = oracle::differing_figures(machine, reference_))
        throw Violation("the state machine does not hold what the committed log says: " + *difference);
    for (; changes_compared_ < reference_.revision(); ++changes_compared_.value)
        for (const oracle::Change& change : reference_.changes_at(Revision{changes_compared_.value + 1}))
            compare_point_read(machine, change.record.key);
}

void Committed::compare_all(const machine::Machine& machine) const {
    if (const auto difference = oracle::difference_in_all(machine, reference_))
        throw Violation("the state machine does not hold what the committed log says: " + *difference);
    for (const std::string& key : keys_)
        compare_point_read(machine, key);
}

// The machine looks up a single key elsewhere than a range.
void Committed::compare_point_read(const machine::Machine& machine, std::string_view key) const {
    if (const auto difference = oracle::differing_range({.key = key, .range_end = {}}, machine, reference_))
        throw Violation("the state machine does not hold what the committed log says: " + *difference);
}

}  // namespace kvbus::sim
