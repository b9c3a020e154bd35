#include "sim/ledger.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>
#include <variant>

#include "scenario/violation.h"

namespace kvbus::sim {
namespace {

using linearizability::Outcome;
using scenario::Violation;

bool covers(const Call& call, std::string_view key) {
    if (call.range_end.empty()) return key == call.key;
    return key >= call.key && (call.range_end == std::string_view{"\0", 1} || key < call.range_end);
}

// A refused write had no effect, and a read never has one.
Outcome outcome_of(const Call& call, Code code) {
    const bool in_doubt =
        code == Code::outcome_unknown || code == Code::closed || code == Code::stale_request;
    return call.op != Op::get && in_doubt ? Outcome::unknown : Outcome::fail;
}

std::string describe(const KeyValue& kv) {
    return "'" + kv.key + "' = '" + kv.value.substr(0, 20) + "' at revision " +
           std::to_string(kv.mod_revision.value);
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

void Ledger::end(Id id, Instant now, const wire::Reply& reply) {
    Record& record = records_[id];
    record.end = now;
    record.node = reply.head.header.node;
    if (const auto* error = std::get_if<Error>(&reply.body)) {
        record.outcome = outcome_of(record.call, error->code);
        return;
    }
    ++acknowledged_;
    record.outcome = Outcome::ok;
    if (const auto* outcome = std::get_if<machine::Outcome>(&reply.body)) record.revision = outcome->revision;
    if (const auto* range = std::get_if<wire::RangeReply>(&reply.body)) record.found = range->kvs;
}

void Ledger::lost(Id id, Instant now) {
    records_[id].end = now;
    records_[id].outcome = records_[id].call.op == Op::get ? Outcome::fail : Outcome::unknown;
}

void Ledger::check(const Model& model) const {
    const auto puts = model.puts();
    for (const Record& record : records_) {
        if (record.call.op == Op::put) check_put(model, puts, record);
        if (record.call.op == Op::get && record.outcome == Outcome::ok) check_read(model, record);
    }
}

void Ledger::check_put(const Model& model, const Model::Puts& puts, const Record& record) const {
    const auto applied = puts.find(record.call.value);
    const std::uint64_t times = applied == puts.end() ? 0 : applied->second;
    const std::string what = "the put of '" + record.call.value.substr(0, 20) + "' to " + record.call.key;
    if (times > 1) throw Violation(what + " was applied " + std::to_string(times) + " times");
    if (record.outcome == Outcome::fail && times > 0) throw Violation(what + " was refused, and applied");
    if (record.outcome != Outcome::ok) return;
    const Model::Version* version = model.find(record.call.key, record.revision);
    if (times == 0 || version == nullptr || version->value != record.call.value) {
        throw Violation(what + " was acknowledged at revision " + std::to_string(record.revision.value) +
                        ", but it is not there in the committed log");
    }
}

void Ledger::check_read(const Model& model, const Record& record) const {
    for (const KeyValue& kv : record.found) {
        const Model::Version* version = model.find(kv.key, kv.mod_revision);
        if (version == nullptr || version->value != kv.value || version->version != kv.version ||
            version->create_revision != kv.create_revision || !covers(record.call, kv.key)) {
            throw Violation("a read by client " + std::to_string(record.client) + " saw " + describe(kv) +
                            ", which there never was");
        }
    }
}

std::vector<std::string> Ledger::keys_of(const Call& call) const {
    if (call.range_end.empty()) return {call.key};
    std::vector<std::string> keys;
    std::ranges::copy_if(keys_, std::back_inserter(keys), [&](const auto& key) { return covers(call, key); });
    return keys;
}

std::vector<linearizability::Operation> Ledger::history() const {
    std::vector<linearizability::Operation> history;
    for (const Record& record : records_) {
        if (record.call.serializable) continue;  // may be behind
        for (const std::string& key : keys_of(record.call)) {
            linearizability::Operation operation;
            operation.id = history.size() + 1;
            operation.client = std::to_string(record.client);
            operation.node = record.node.value;
            operation.op = record.call.op;
            operation.key = key;
            operation.call = record.begin;
            operation.returned = record.end;
            operation.outcome = record.outcome;
            if (record.call.op == Op::put) operation.value = record.call.value;
            if (record.call.op == Op::put) operation.revision = record.revision.value;
            const auto seen = std::ranges::find(record.found, key, &KeyValue::key);
            if (record.call.op == Op::get && seen != record.found.end()) {
                operation.value = seen->value;
                operation.revision = seen->mod_revision.value;
            }
            history.push_back(std::move(operation));
        }
    }
    return history;
}

}  // namespace kvbus::sim
