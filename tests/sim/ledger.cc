#include "sim/ledger.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>
#include <variant>

#include "base/check.h"
#include "sim/key_range.h"

namespace kvbus::sim {
namespace {

using linearizability::Outcome;

// A read that may be behind, or does not say what each of its keys holds.
bool is_partial(const Call& call) {
    return call.serializable || call.limit != 0 || call.keys_only || call.count_only;
}

// A refused write had no effect, and a read never has one.
Outcome outcome_of(const Call& call, Code code) {
    const bool in_doubt =
        code == Code::outcome_unknown || code == Code::closed || code == Code::stale_request;
    return call.op != Op::get && in_doubt ? Outcome::unknown : Outcome::fail;
}

}  // namespace

std::string key_name(std::uint64_t number) {
    char name[16];
    std::snprintf(name, sizeof name, "k%04u", static_cast<unsigned>(number));
    return name;
}

Ledger::Ledger(std::uint64_t keys) {
    for (std::uint64_t number = 0; number < keys; ++number)
        keys_.push_back(key_name(number));
}

Ledger::Id Ledger::begin(Instant now, std::uint64_t client, Call call) {
    Record record;
    record.client = client;
    record.call = std::move(call);
    record.begin = now;
    records_.push_back(std::move(record));
    return records_.size() - 1;
}

void Ledger::numbered(Id id, const machine::Command& command) {
    const auto* put = std::get_if<machine::Put>(&command.operation);
    const auto* remove = std::get_if<machine::Delete>(&command.operation);
    Record& record = records_[id];
    KV_CHECK(put != nullptr ? record.call.value == put->value
                            : record.call.key == remove->key && record.call.range_end == remove->range_end,
             "another write than was asked for");
    record.session = command.client;
    record.sequence = command.sequence;
}

void Ledger::end(Id id, Instant now, const wire::Reply& reply) {
    Record& record = records_[id];
    record.end = now;
    record.header = reply.head.header;
    if (const auto* error = std::get_if<Error>(&reply.body)) {
        record.outcome = outcome_of(record.call, error->code);
        return;
    }
    ++acknowledged_;
    record.outcome = Outcome::ok;
    if (const auto* outcome = std::get_if<machine::Outcome>(&reply.body)) record.written = *outcome;
    if (const auto* range = std::get_if<machine::RangeAnswer>(&reply.body)) record.read = *range;
}

void Ledger::lost(Id id, Instant now) {
    records_[id].end = now;
    records_[id].outcome = records_[id].call.op == Op::get ? Outcome::fail : Outcome::unknown;
}

std::vector<std::string> Ledger::keys_of(const Call& call) const {
    if (call.range_end.empty()) return {call.key};
    std::vector<std::string> keys;
    std::ranges::copy_if(keys_, std::back_inserter(keys),
                         [&](const auto& key) { return covers(call.key, call.range_end, key); });
    return keys;
}

std::vector<linearizability::Operation> Ledger::history() const {
    std::vector<linearizability::Operation> history;
    for (const Record& record : records_) {
        if (is_partial(record.call)) continue;
        for (const std::string& key : keys_of(record.call)) {
            linearizability::Operation operation;
            operation.id = history.size() + 1;
            operation.client = std::to_string(record.client);
            operation.node = record.header.node.value;
            operation.op = record.call.op;
            operation.key = key;
            operation.call = record.begin;
            operation.returned = record.end;
            operation.outcome = record.outcome;
            if (record.call.op == Op::put) operation.value = record.call.value;
            if (record.call.op == Op::put) operation.revision = record.written.revision.value;
            const auto seen = std::ranges::find(record.read.kvs, key, &KeyValue::key);
            if (record.call.op == Op::get && seen != record.read.kvs.end()) {
                operation.value = seen->value;
                operation.revision = seen->mod_revision.value;
            }
            history.push_back(std::move(operation));
        }
    }
    return history;
}

}  // namespace kvbus::sim
