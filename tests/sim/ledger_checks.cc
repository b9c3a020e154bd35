// The checks of the ledger: each answer against what the committed log came to, then all of them in time.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "linearizability/checker.h"
#include "linearizability/revisions.h"
#include "scenario/violation.h"
#include "sim/key_range.h"
#include "sim/ledger.h"

namespace kvbus::sim {
namespace {

using linearizability::Outcome;
using scenario::Violation;

bool same(const KeyValue& seen, const machine::Record& there) {
    return seen.key == there.key && seen.value == there.value && seen.version == there.version &&
           seen.create_revision == there.create_revision && seen.mod_revision == there.mod_revision;
}

std::string describe(std::string_view key, std::string_view value, Revision revision) {
    return "'" + std::string{key} + "' = '" + std::string{value.substr(0, 20)} + "' at revision " +
           std::to_string(revision.value);
}

std::string describe(const Call& call) {
    if (call.op == Op::put) return "the put of '" + call.value.substr(0, 20) + "' to " + call.key;
    std::string text = call.op == Op::get ? "the read of " : "the remove of ";
    text += call.key;
    if (call.range_end == to_the_end) return text + " and all keys behind it";
    return call.range_end.empty() ? text : text + " up to " + call.range_end;
}

std::string describe(const machine::Outcome& outcome) {
    return "revision " + std::to_string(outcome.revision.value) + " with " + std::to_string(outcome.deleted) +
           " keys removed";
}

}  // namespace

void Ledger::check(const Model& model) const {
    const auto puts = model.puts();
    for (const Record& record : records_) {
        if (record.call.op == Op::put) check_put(model, puts, record);
        if (record.session) check_numbered(model, record);
        if (record.outcome == Outcome::ok) check_acknowledged(model, record);
        if (record.call.op == Op::get && record.outcome == Outcome::ok) check_read(model, record);
    }
    check_unnumbered_removes(model);
    check_order_in_time();
}

// The answering node's map has what the answer tells of, and nothing that is not committed.
void Ledger::check_acknowledged(const Model& model, const Record& record) const {
    const Revision revision = record.header.revision;
    if (revision <= model.revision() && revision >= record.written.revision) return;
    throw Violation(describe(record.call) + " was answered " + describe(record.written) +
                    " by a node that says it is at revision " + std::to_string(revision.value) +
                    ", and there are " + std::to_string(model.revision().value));
}

void Ledger::check_put(const Model& model, const Model::Puts& puts, const Record& record) const {
    const auto applied = puts.find(record.call.value);
    const std::uint64_t times = applied == puts.end() ? 0 : applied->second;
    const std::string what = describe(record.call);
    if (times > 1) throw Violation(what + " was applied " + std::to_string(times) + " times");
    if (record.outcome == Outcome::fail && times > 0) throw Violation(what + " was refused, and applied");
    if (record.outcome != Outcome::ok) return;
    const Revision revision = record.written.revision;
    const Model::Version* version = model.find(record.call.key, revision);
    if (times == 0 || version == nullptr || version->value != record.call.value) {
        throw Violation(what + " was acknowledged at revision " + std::to_string(revision.value) +
                        ", but it is not there in the committed log");
    }
}

void Ledger::check_numbered(const Model& model, const Record& record) const {
    const auto applied = model.outcome_of(record.session, record.sequence);
    const std::string what = describe(record.call);
    if (record.outcome == Outcome::fail && applied) throw Violation(what + " was refused, and applied");
    if (record.outcome != Outcome::ok) return;
    if (!applied) throw Violation(what + " was acknowledged, but its number is not in the committed log");
    if (*applied != record.written) {
        throw Violation(what + " was acknowledged as " + describe(record.written) + ", but came to " +
                        describe(*applied));
    }
}

// Removes without a number have nothing that tells one from another of the same range. But each was asked for
// once, so that those which were applied must have been asked for one by one, and not refused.
void Ledger::check_unnumbered_removes(const Model& model) const {
    std::set<std::pair<ClientId, Sequence>> numbers;
    for (const Record& record : records_)
        numbers.emplace(record.session, record.sequence);
    using Range = std::pair<std::string, std::string>;
    std::map<Range, std::vector<machine::Outcome>> applied;
    for (const Model::Removal& removal : model.removals()) {
        if (removal.client && numbers.contains({removal.client, removal.sequence})) continue;
        applied[{removal.key, removal.range_end}].push_back(removal.outcome);
    }
    std::map<Range, std::uint64_t> in_doubt;
    for (const Record& record : records_) {
        if (record.call.op != Op::remove || record.session) continue;
        const Range range{record.call.key, record.call.range_end};
        if (record.outcome == Outcome::unknown) ++in_doubt[range];
        if (record.outcome != Outcome::ok) continue;
        auto& outcomes = applied[range];
        const auto its_own = std::ranges::find(outcomes, record.written);
        if (its_own == outcomes.end()) {
            throw Violation(describe(record.call) + " was acknowledged as " + describe(record.written) +
                            ", but no such remove is in the committed log");
        }
        outcomes.erase(its_own);
    }
    for (const auto& [range, outcomes] : applied) {
        if (outcomes.size() <= in_doubt[range]) continue;
        const Call call{.op = Op::remove, .key = range.first, .range_end = range.second, .value = {}};
        throw Violation(describe(call) + " was applied twice, or refused and applied, as " +
                        describe(outcomes.front()));
    }
}

void Ledger::check_read(const Model& model, const Record& record) const {
    const Call& call = record.call;
    const Revision revision = record.header.revision;
    auto wanted = model.range_at(revision, call.key, call.range_end);
    const std::uint64_t count = wanted.size();
    if (call.limit != 0 && call.limit < count) wanted.resize(call.limit);
    const bool more = !call.count_only && wanted.size() < count;
    if (call.count_only) wanted.clear();
    if (call.keys_only)
        for (machine::Record& there : wanted)
            there.value = {};
    const auto what = [&] {
        return describe(call) + " by client " + std::to_string(record.client) + ", at revision " +
               std::to_string(revision.value) + ",";
    };
    const auto& seen = record.read.kvs;
    const auto [differs, expected] = std::ranges::mismatch(seen, wanted, same);
    const bool missed = expected != wanted.end() && (differs == seen.end() || expected->key < differs->key);
    if (missed) {
        throw Violation(what() + " did not see " +
                        describe(expected->key, expected->value, expected->mod_revision));
    }
    if (differs != seen.end()) {
        throw Violation(what() + " saw " + describe(differs->key, differs->value, differs->mod_revision) +
                        ", which there was not");
    }
    if (record.read.count != count || record.read.more != more) {
        throw Violation(what() + " was told of " + std::to_string(record.read.count) + " keys and of " +
                        (record.read.more ? "more" : "none") + " beyond its limit, and there were " +
                        std::to_string(count));
    }
}

// Whatever anybody was told before a call began is behind it: a write comes later, a linearizable read sees
// no less.
void Ledger::check_order_in_time() const {
    std::vector<const Record*> ended;
    for (const Record& record : records_)
        if (record.outcome == Outcome::ok) ended.push_back(&record);
    std::ranges::stable_sort(ended, {}, &Record::end);
    Revision told;
    auto next = ended.begin();
    for (const Record& record : records_) {  // in the order in which they began
        for (; next != ended.end() && (*next)->end < record.begin; ++next)
            told = std::max(told, (*next)->header.revision);
        if (record.outcome != Outcome::ok || record.call.serializable) continue;
        const bool is_read = record.call.op == Op::get;
        const bool wrote = record.call.op == Op::put || record.written.deleted > 0;
        const Revision revision = is_read ? record.header.revision : record.written.revision;
        if (revision > told || (revision == told && !wrote)) continue;
        throw Violation(
            describe(record.call) + " by client " + std::to_string(record.client) + " was answered " +
            (is_read ? "revision " + std::to_string(revision.value) : describe(record.written)) +
            ", though someone was told of revision " + std::to_string(told.value) + " before it began");
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
