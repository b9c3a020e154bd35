// The checks of the ledger on reads: each answer against what there was, at the revision that it names.
#include <algorithm>
#include <string>

#include "oracle/describe.h"
#include "scenario/violation.h"
#include "sim/ledger.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;

constexpr std::string_view all_keys{"\0", 1};

std::vector<std::string> keys_of(const Committed& committed, LeaseId lease, Revision revision) {
    const auto all =
        committed.reference().range_ever({.key = all_keys, .range_end = all_keys, .revision = revision});
    std::vector<std::string> keys;
    for (const KeyValue& record : all.kvs)
        if (record.lease == lease) keys.push_back(record.key);
    return keys;
}

// Whoever looked between these two moments may have seen it; whoever looked must have.
bool may_be_seen(const Committed::LeaseLife& life, Instant begin, Instant end) {
    return life.from <= end && life.ended >= begin;
}
bool must_be_seen(const Committed::LeaseLife& life, Instant begin, Instant end) {
    return life.from < begin && life.ended > end;
}

}  // namespace

void Ledger::check_read(const Committed& committed, const Record& record) const {
    const client::Operation asked = record.operation.view();
    if (const auto* range = std::get_if<wire::RangeRequest>(&asked)) check_range(committed, record, *range);
    if (const auto* status = std::get_if<wire::LeaseStatusRequest>(&asked))
        check_lease(committed, record, status->lease);
    if (std::holds_alternative<wire::LeasesRequest>(asked)) check_leases(committed, record);
}

void Ledger::check_range(const Committed& committed, const Record& record,
                         const wire::RangeRequest& request) const {
    machine::RangeQuery query = request.query;
    if (record.code() == Code::compacted && query.revision >= committed.compacted_by(record.end))
        throw Violation(record.describe() + " was told that it is compacted, which it was not");
    if (!record.is_answered()) return;
    const Revision revision = record.header.revision;
    if (query.revision > revision) throw Violation(record.describe() + " was answered from the future");
    if (query.revision && !request.serializable && query.revision < committed.compacted_by(record.begin))
        throw Violation(record.describe() + " was answered, though it was compacted before it began");
    if (!query.revision) query.revision = revision;
    const oracle::RangeOutcome told{Code::ok, std::get<machine::RangeAnswer>(record.answer)};
    const oracle::RangeOutcome expected{Code::ok, committed.reference().range_ever(query)};
    if (told == expected) return;
    throw Violation(record.describe() + ", at revision " + std::to_string(revision.value) + ", saw " +
                    oracle::describe(told) + ", and there was " + oracle::describe(expected));
}

void Ledger::check_lease(const Committed& committed, const Record& record, LeaseId lease) const {
    const auto& lives = committed.lease_lives();
    if (record.code() == Code::lease_not_found) {
        const auto missed = std::ranges::find_if(lives, [&](const auto& life) {
            return life.lease == lease && must_be_seen(life, record.begin, record.end);
        });
        if (missed != lives.end()) throw Violation(record.describe() + " did not see that it is there");
    }
    if (!record.is_answered()) return;
    const auto& told = std::get<wire::LeaseStatusReply>(record.answer);
    const bool is_there = std::ranges::any_of(lives, [&](const auto& life) {
        return life.lease == lease && life.granted == told.granted &&
               may_be_seen(life, record.begin, record.end);
    });
    if (!is_there || told.lease != lease || told.left > told.granted) {
        throw Violation(record.describe() + " was told of a lease of " +
                        std::to_string(told.granted.count()) + " ms, which there was not");
    }
    const auto asked = std::get<wire::LeaseStatusRequest>(record.operation.view());
    if (asked.with_keys && told.keys != keys_of(committed, lease, record.header.revision))
        throw Violation(record.describe() + " was told of other keys than it had");
}

void Ledger::check_leases(const Committed& committed, const Record& record) const {
    if (!record.is_answered()) return;
    const auto& told = std::get<std::vector<LeaseId>>(record.answer);
    for (const auto& life : committed.lease_lives()) {
        if (must_be_seen(life, record.begin, record.end) && std::ranges::count(told, life.lease) != 1)
            throw Violation(record.describe() + " misses lease " + std::to_string(life.lease.value));
    }
    for (const LeaseId lease : told) {
        const bool is_there = std::ranges::any_of(committed.lease_lives(), [&](const auto& life) {
            return life.lease == lease && may_be_seen(life, record.begin, record.end);
        });
        if (!is_there)
            throw Violation(record.describe() + " has lease " + std::to_string(lease.value) +
                            ", which there was not");
    }
}

}  // namespace kvbus::sim
