// The checks of the ledger on writes: each answer against what the committed log came to.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "oracle/describe.h"
#include "scenario/violation.h"
#include "sim/ledger.h"

namespace kvbus::sim {
namespace {

using linearizability::Outcome;
using scenario::Violation;

// Of what was refused for what the map was, with the same code for every copy: not for anything that a node
// decides before the log.
bool is_refused_in_the_log(Code code) {
    return code != Code::ok && code != Code::duplicate_key && machine::is_evaluated(code);
}

// Of a place in line, which was taken and is not the first, or is gone.
bool tells_of_a_place(Code code) {
    return code == Code::not_first || code == Code::place_lost;
}

// What an answer tells a client of an outcome: a refusal only its code.
machine::Outcome told_of(const machine::Change& operation, machine::Outcome outcome) {
    if (outcome.code != Code::ok) return {outcome.code, {}, 0, nullptr};
    if (std::holds_alternative<machine::LeaseRevoke>(operation)) outcome.answer = nullptr;
    return outcome;
}

}  // namespace

void Ledger::check(const Committed& committed) const {
    const ByNumber numbers = by_number();
    for (const Record& record : records_) {
        check_header(committed, record);
        if (record.session) check_numbered(committed, record);
        if (!record.is_write()) check_read(committed, record);
    }
    check_unnumbered(committed, numbers);
    check_lines(committed);
    check_order_in_time(committed);
    check_expiries(committed, numbers);
}

// The answering node's map has what the answer tells of, and nothing that is not committed.
void Ledger::check_header(const Committed& committed, const Record& record) const {
    if (!record.is_answered()) return;
    const Revision revision = record.header.revision;
    if (revision <= committed.revision() && revision >= record.revision()) return;
    throw Violation(record.describe() + " was answered revision " + std::to_string(record.revision().value) +
                    " by a node that says it is at revision " + std::to_string(revision.value) +
                    ", and there are " + std::to_string(committed.revision().value));
}

void Ledger::check_numbered(const Committed& committed, const Record& record) const {
    if (record.outcome == Outcome::unknown) return;
    const Committed::Applied* applied = committed.find(record.session, record.sequence);
    const Code code = record.code();
    if (tells_of_a_place(code)) {
        if (applied != nullptr && applied->outcome.code == Code::ok) return;  // ledger_locks.cc
        throw Violation(record.describe() +
                        " was told of its place in line, which is not in the committed log");
    }
    if (code != Code::ok && !is_refused_in_the_log(code)) {
        if (applied == nullptr) return;
        throw Violation(record.describe() + " was refused, and applied");
    }
    if (applied == nullptr)
        throw Violation(record.describe() + " was answered, but its number is not in the committed log");
    const auto asked = std::get<machine::Command>(record.operation.view());
    const machine::Outcome expected = told_of(asked.operation, applied->outcome);
    const auto* written = std::get_if<machine::Outcome>(&record.answer);
    const machine::Outcome told = written != nullptr ? *written : machine::Outcome{code, {}, 0, nullptr};
    if (told == expected) return;
    throw Violation(record.describe() + " was answered " + oracle::describe(told) + ", but came to " +
                    oracle::describe(expected));
}

// Writes without a number have nothing that tells one from another of the same text. But each was asked for
// once, so that those which were applied must have been asked for one by one, and not refused.
void Ledger::check_unnumbered(const Committed& committed, const ByNumber& numbers) const {
    std::map<std::string, std::vector<machine::Outcome>> applied;
    for (const Committed::Applied& command : committed.commands()) {
        if (!numbers.contains({command.client, command.sequence}))
            applied[committed.text_of(command)].push_back(command.outcome);
    }
    std::map<std::string, std::uint64_t> in_doubt;
    std::map<std::string, const Record*> asked_for;
    for (const Record& record : records_) {
        if (!record.is_write() || record.session) continue;
        const auto command = std::get<machine::Command>(record.operation.view());
        const std::string text = text_of(command.operation);
        asked_for.emplace(text, &record);
        if (record.outcome == Outcome::unknown) ++in_doubt[text];
        const auto* written = std::get_if<machine::Outcome>(&record.answer);
        if (written == nullptr && !is_refused_in_the_log(record.code())) continue;
        const machine::Outcome told =
            written != nullptr ? *written : machine::Outcome{record.code(), {}, 0, nullptr};
        auto& outcomes = applied[text];
        const auto its_own = std::ranges::find_if(outcomes, [&](const machine::Outcome& outcome) {
            return told_of(command.operation, outcome) == told;
        });
        if (its_own == outcomes.end()) {
            throw Violation(record.describe() + " was answered " + oracle::describe(told) +
                            ", but nothing like it is in the committed log");
        }
        outcomes.erase(its_own);
    }
    for (const auto& [text, outcomes] : applied) {
        if (outcomes.size() <= in_doubt[text]) continue;
        const auto asked = asked_for.find(text);
        if (asked == asked_for.end()) continue;
        throw Violation(asked->second->describe() + " was applied twice, or refused and applied, as " +
                        oracle::describe(outcomes.front()));
    }
}

}  // namespace kvbus::sim
