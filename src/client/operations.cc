#include "client/operations.h"

#include <utility>

#include "base/overloaded.h"

namespace kvbus {

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff')
        end.pop_back();
    if (end.empty()) return std::string(1, '\0');  // no key is beyond all with this prefix: to the end
    ++end.back();
    return end;
}

namespace {

Compare compare(std::string key, CompareTarget target, Relation relation, std::uint64_t number) {
    Compare compare;
    compare.key = std::move(key);
    compare.target = target;
    compare.relation = relation;
    compare.number = number;
    return compare;
}

}  // namespace

Compare version_of(std::string key, Relation relation, std::uint64_t version) {
    return compare(std::move(key), CompareTarget::version, relation, version);
}
Compare create_revision_of(std::string key, Relation relation, std::uint64_t revision) {
    return compare(std::move(key), CompareTarget::create_revision, relation, revision);
}
Compare mod_revision_of(std::string key, Relation relation, std::uint64_t revision) {
    return compare(std::move(key), CompareTarget::mod_revision, relation, revision);
}
Compare lease_of(std::string key, Relation relation, LeaseId lease) {
    return compare(std::move(key), CompareTarget::lease, relation, lease.value);
}
Compare value_of(std::string key, Relation relation, std::string value) {
    Compare result = compare(std::move(key), CompareTarget::value, relation, 0);
    result.value = std::move(value);
    return result;
}

namespace client {
namespace {

// The enumerations of the interface have the numbers of the machine's.
template <class To>
To same_number(auto from) {
    return static_cast<To>(from);
}
static_assert(static_cast<int>(SortOrder::descend) == static_cast<int>(machine::SortOrder::descend));
static_assert(static_cast<int>(SortTarget::value) == static_cast<int>(machine::SortTarget::value));
static_assert(static_cast<int>(Relation::not_equal) == static_cast<int>(machine::Relation::not_equal));
static_assert(static_cast<int>(CompareTarget::lease) == static_cast<int>(machine::CompareTarget::lease));

machine::Compare compare_of(const Compare& compare) {
    return {.key = compare.key,
            .range_end = compare.range_end,
            .target = same_number<machine::CompareTarget>(compare.target),
            .relation = same_number<machine::Relation>(compare.relation),
            .number = compare.number,
            .value = compare.value};
}

std::vector<machine::Operation> operations_of(const std::vector<TxnOperation>& operations) {
    std::vector<machine::Operation> result;
    for (const TxnOperation& operation : operations) {
        result.push_back(std::visit(
            Overloaded{
                [](const TxnPut& put) { return machine::Operation{put_of(put.key, put.value, put.options)}; },
                [](const TxnGet& get) { return machine::Operation{query_of(get.key, get.options)}; },
                [](const TxnRemove& remove) {
                    return machine::Operation{remove_of(remove.key, remove.options)};
                },
                [](const TxnAppend& append) {
                    return machine::Operation{machine::Append{append.key, append.value}};
                },
                [](const TxnIncrement& increment) {
                    return machine::Operation{machine::Increment{increment.key, increment.delta}};
                },
                [](const Txn& txn) { return machine::Operation{txn_of(txn)}; }},
            operation.body));
    }
    return result;
}

// The part of the answer that must be there.
template <class T>
T part(const machine::Answer* answer) {
    const T* found = answer == nullptr ? nullptr : std::get_if<T>(&answer->body);
    return found == nullptr ? T{} : *found;
}
template <class T>
T part(const machine::Outcome& outcome) {
    return part<T>(outcome.answer.get());
}

// Where an operation stands: in a transaction its revision is the transaction's.
struct Place {
    const Header& header;
    Revision revision;
};

PutResult result(const Place& place, machine::PutAnswer answer) {
    PutResult result{place.header, place.revision};
    if (!answer.previous.empty()) result.previous = std::move(answer.previous.front());
    return result;
}
DeleteResult result(const Place& place, machine::DeleteAnswer answer) {
    return {place.header, place.revision, answer.deleted, std::move(answer.previous)};
}
AppendResult result(const Place& place, const machine::AppendAnswer& answer) {
    return {place.header, place.revision, answer.bytes};
}
IncrementResult result(const Place& place, const machine::IncrementAnswer& answer) {
    return {place.header, place.revision, answer.value};
}
GetResult result(const Place& place, machine::RangeAnswer answer) {
    return {place.header, std::move(answer.kvs), answer.count, answer.more};
}
TxnResult result(const Place& place, const machine::TxnAnswer& answer) {
    TxnResult txn{place.header, place.revision, answer.succeeded, {}};
    for (const machine::Answer& one : answer.answers) {
        std::visit(Overloaded{[](const machine::LeaseAnswer&) {}, [](const machine::CampaignAnswer&) {},
                              [&](const auto& body) { txn.results.push_back({result(place, body)}); }},
                   one.body);
    }
    return txn;
}

}  // namespace

machine::Put put_of(std::string_view key, std::string_view value, const PutOptions& options) {
    return {.key = key,
            .value = value,
            .lease = options.lease,
            .ttl = options.ttl,
            .prev_kv = options.prev_kv,
            .ignore_value = options.ignore_value,
            .ignore_lease = options.ignore_lease};
}

machine::Delete remove_of(std::string_view key, const DeleteOptions& options) {
    return {.key = key, .range_end = options.range_end, .prev_kv = options.prev_kv};
}

machine::RangeQuery query_of(std::string_view key, const GetOptions& options) {
    return {.key = key,
            .range_end = options.range_end,
            .limit = options.limit,
            .revision = options.revision,
            .sort_order = same_number<machine::SortOrder>(options.sort_order),
            .sort_target = same_number<machine::SortTarget>(options.sort_target),
            .keys_only = options.keys_only,
            .count_only = options.count_only,
            .mod_revision_min = options.mod_revision_min,
            .mod_revision_max = options.mod_revision_max,
            .create_revision_min = options.create_revision_min,
            .create_revision_max = options.create_revision_max};
}

machine::Txn txn_of(const Txn& txn) {
    machine::Txn result;
    for (const Compare& compare : txn.compares)
        result.compares.push_back(compare_of(compare));
    result.success = operations_of(txn.success);
    result.failure = operations_of(txn.failure);
    return result;
}

PutResult put_result(const Header& header, const machine::Outcome& outcome) {
    return result({header, outcome.revision}, part<machine::PutAnswer>(outcome));
}
DeleteResult remove_result(const Header& header, const machine::Outcome& outcome) {
    auto answer = part<machine::DeleteAnswer>(outcome);
    answer.deleted = outcome.deleted;
    return result({header, outcome.revision}, std::move(answer));
}
AppendResult append_result(const Header& header, const machine::Outcome& outcome) {
    return result({header, outcome.revision}, part<machine::AppendAnswer>(outcome));
}
IncrementResult increment_result(const Header& header, const machine::Outcome& outcome) {
    return result({header, outcome.revision}, part<machine::IncrementAnswer>(outcome));
}
TxnResult txn_result(const Header& header, const machine::Outcome& outcome) {
    return result({header, outcome.revision}, part<machine::TxnAnswer>(outcome));
}
LeaseResult lease_result(const Header& header, const machine::Outcome& outcome) {
    const auto answer = part<machine::LeaseAnswer>(outcome);
    return {header, answer.lease, answer.ttl};
}
GetResult get_result(const Header& header, machine::RangeAnswer answer) {
    return result({header, {}}, std::move(answer));
}

}  // namespace client
}  // namespace kvbus
