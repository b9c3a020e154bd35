#include "sim/ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/overloaded.h"
#include "oracle/describe.h"
#include "sim/key_range.h"
#include "sim/workload.h"

namespace kvbus::sim {
namespace {

using linearizability::Op;
using linearizability::Outcome;

// A refused write had no effect, and a read never has one.
Outcome outcome_of(bool is_write, Code code) {
    const bool in_doubt =
        code == Code::outcome_unknown || code == Code::closed || code == Code::stale_request;
    return is_write && in_doubt ? Outcome::unknown : Outcome::fail;
}

}  // namespace

Ledger::Ledger(std::uint64_t keys, std::uint64_t clock_drift_ppm_max)
    : clock_drift_ppm_max_(clock_drift_ppm_max) {
    for (std::uint64_t number = 0; number < keys; ++number)
        keys_.push_back(key_name(number));
}

Ledger::Id Ledger::begin(Instant now, std::uint64_t client, const client::Operation& operation) {
    Record& record = records_.emplace_back();
    record.client = client;
    record.operation.store(operation);
    record.begin = now;
    return records_.size() - 1;
}

void Ledger::numbered(Id id, const machine::Command& command) {
    Record& record = records_[id];
    const auto asked = std::get<machine::Command>(record.operation.view());
    KV_CHECK(asked.operation.index() == command.operation.index(), "another write than was asked for");
    record.session = command.client;
    record.sequence = command.sequence;
}

void Ledger::end(Id id, Instant now, const wire::Reply& reply) {
    Record& record = records_[id];
    record.end = now;
    record.header = reply.head.header;
    record.answer = reply.body;
    const auto* error = std::get_if<Error>(&reply.body);
    record.outcome = error == nullptr ? Outcome::ok : outcome_of(record.is_write(), error->code);
    if (error == nullptr) ++acknowledged_;
}

void Ledger::lost(Id id, Instant now) {
    records_[id].end = now;
    records_[id].outcome = records_[id].is_write() ? Outcome::unknown : Outcome::fail;
}

Code Ledger::Record::code() const {
    const auto* error = std::get_if<Error>(&answer);
    return error == nullptr ? Code::ok : error->code;
}

Revision Ledger::Record::revision() const {
    const auto* written = std::get_if<machine::Outcome>(&answer);
    return written == nullptr ? header.revision : written->revision;
}

bool Ledger::Record::is_serializable() const {
    const client::Operation asked = operation.view();
    const auto* range = std::get_if<wire::RangeRequest>(&asked);
    return range != nullptr && range->serializable;
}

std::string Ledger::Record::describe() const {
    const std::string who = " by client " + std::to_string(client);
    return std::visit(Overloaded{[](const machine::Command& command) { return oracle::describe(command); },
                                 [](const wire::RangeRequest& range) {
                                     return (range.serializable ? "serializable " : "") +
                                            oracle::describe(range.query);
                                 },
                                 [](const wire::LeaseStatusRequest& request) {
                                     return "status of lease " + std::to_string(request.lease.value);
                                 },
                                 [](const wire::LeasesRequest&) { return std::string{"list of leases"}; },
                                 [](const auto&) { return std::string{"question"}; }},
                      operation.view()) +
           who;
}

Ledger::ByNumber Ledger::by_number() const {
    ByNumber numbers;
    for (const Record& record : records_)
        if (record.session) numbers.emplace(std::pair{record.session, record.sequence}, &record);
    return numbers;
}

// --- the history of the plain keys -------------------------------------------------------------------------

std::vector<std::string> Ledger::keys_in(std::string_view key, std::string_view range_end) const {
    std::vector<std::string> keys;
    std::ranges::copy_if(keys_, std::back_inserter(keys),
                         [&](const auto& candidate) { return covers(key, range_end, candidate); });
    return keys;
}

namespace {

struct PlainCall {
    Op op = Op::get;
    std::string_view key, range_end, value;
};

// None: of other keys, or a read that may be behind, or does not say what each of its keys holds.
std::optional<PlainCall> plain_call(const client::Operation& operation) {
    if (const auto* range = std::get_if<wire::RangeRequest>(&operation)) {
        const machine::RangeQuery& query = range->query;
        const bool is_partial =
            range->serializable || query.limit != 0 || query.keys_only || query.count_only || query.revision;
        if (is_partial || !is_plain(query.key)) return std::nullopt;
        return PlainCall{Op::get, query.key, query.range_end, {}};
    }
    const auto* command = std::get_if<machine::Command>(&operation);
    if (command == nullptr) return std::nullopt;
    if (const auto* put = std::get_if<machine::Put>(&command->operation); put && is_plain(put->key))
        return PlainCall{Op::put, put->key, {}, put->value};
    if (const auto* remove = std::get_if<machine::Delete>(&command->operation);
        remove && is_plain(remove->key))
        return PlainCall{Op::remove, remove->key, remove->range_end, {}};
    return std::nullopt;
}

}  // namespace

void Ledger::add_to(std::vector<linearizability::Operation>& history, const Record& record) const {
    const client::Operation asked = record.operation.view();
    const auto call = plain_call(asked);
    if (!call) return;
    for (const std::string& key : keys_in(call->key, call->range_end)) {
        linearizability::Operation operation;
        operation.id = history.size() + 1;
        operation.client = std::to_string(record.client);
        operation.node = record.header.node.value;
        operation.op = call->op;
        operation.key = key;
        operation.call = record.begin;
        operation.returned = record.end;
        operation.outcome = record.outcome;
        if (call->op == Op::put) operation.value = call->value;
        if (call->op == Op::put && record.is_answered()) operation.revision = record.revision().value;
        if (const auto* read = std::get_if<machine::RangeAnswer>(&record.answer)) {
            const auto seen = std::ranges::find(read->kvs, key, &KeyValue::key);
            if (seen != read->kvs.end()) {
                operation.value = seen->value;
                operation.revision = seen->mod_revision.value;
            }
        }
        history.push_back(std::move(operation));
    }
}

std::vector<linearizability::Operation> Ledger::history() const {
    std::vector<linearizability::Operation> history;
    for (const Record& record : records_)
        add_to(history, record);
    return history;
}

}  // namespace kvbus::sim
