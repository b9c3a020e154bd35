// The checks of the ledger on time: what comes after what, and what must not end yet.
#include <algorithm>
#include <string>
#include <vector>

#include "linearizability/checker.h"
#include "linearizability/revisions.h"
#include "scenario/violation.h"
#include "sim/ledger.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;

constexpr Duration rounding = std::chrono::microseconds{1};

// Whether a write that was answered made a revision of its own, for all that its answer tells.
bool tells_of_a_change(const machine::Change& operation, const machine::Outcome& outcome) {
    return std::holds_alternative<machine::Put>(operation) ||
           std::holds_alternative<machine::Append>(operation) ||
           std::holds_alternative<machine::Increment>(operation) || outcome.deleted > 0;
}

}  // namespace

// Whatever anybody was told before a call began is behind it: a write comes later, a linearizable read sees
// no less.
void Ledger::check_order_in_time(const Committed& committed) const {
    std::vector<const Record*> ended;
    for (const Record& record : records_)
        if (record.is_answered()) ended.push_back(&record);
    std::ranges::stable_sort(ended, {}, &Record::end);
    Revision told;
    auto next = ended.begin();
    const auto wrote = [&](const Record& record) {
        if (!record.is_write()) return false;
        if (const auto* applied = committed.find(record.session, record.sequence)) return applied->wrote;
        const auto asked = std::get<machine::Command>(record.operation.view());
        return tells_of_a_change(asked.operation, std::get<machine::Outcome>(record.answer));
    };
    for (const Record& record : records_) {  // in the order in which they began
        for (; next != ended.end() && (*next)->end < record.begin; ++next)
            told = std::max(told, (*next)->header.revision);
        if (record.code() == Code::future_revision && !record.is_write() && !record.is_serializable()) {
            const auto asked = std::get<wire::RangeRequest>(record.operation.view());
            if (asked.query.revision <= told)
                throw Violation(record.describe() +
                                " was told that it is of the future, and someone was told of it before");
        }
        if (!record.is_answered() || record.is_serializable()) continue;
        const Revision revision = record.revision();
        if (revision > told || (revision == told && !wrote(record))) continue;
        throw Violation(record.describe() + " was answered revision " + std::to_string(revision.value) +
                        ", though someone was told of revision " + std::to_string(told.value) +
                        " before it began");
    }
}

// Time begins with the call that had the lease, or the key, begin anew last: with the fastest of all clocks
// its ttl has passed when any node ends it.
void Ledger::check_expiries(const Committed& committed, const ByNumber& numbers) const {
    constexpr std::int64_t million = 1'000'000;
    const auto drift = static_cast<std::int64_t>(clock_drift_ppm_max_);
    for (const Committed::Expiry& expiry : committed.expiries()) {
        const auto renewal = numbers.find({expiry.client, expiry.sequence});
        if (renewal == numbers.end()) continue;  // no one can tell when that was asked for
        const Duration lived = expiry.at - renewal->second->begin;
        if (lived + lived * drift / million + rounding >= Duration{expiry.ttl}) continue;
        throw Violation(expiry.what + " ended " + std::to_string(to_milliseconds(lived)) + " ms after " +
                        renewal->second->describe() + " began, which gave it " +
                        std::to_string(expiry.ttl.count()) + " ms");
    }
}

void Ledger::check_linearizability(const linearizability::Limits& limits) const {
    const auto history = this->history();
    const auto report = linearizability::check(history, limits);
    if (report.verdict == linearizability::Verdict::too_hard) {
        throw Violation("the check fails, and not the cluster: the history is too hard to check; " +
                        report.explanation);
    }
    if (report.verdict != linearizability::Verdict::linearizable) throw Violation(report.explanation);
    if (const auto wrong = linearizability::check_revisions(history); !wrong.empty())
        throw Violation(wrong.front());
}

}  // namespace kvbus::sim
