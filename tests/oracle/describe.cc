#include "oracle/describe.h"

#include <array>
#include <cctype>

namespace kvbus::oracle {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string name(Code code) {
    const std::string known{name_of(code)};
    return known == "unknown" ? "code " + std::to_string(static_cast<int>(code)) : known;
}

std::string range_text(std::string_view key, std::string_view range_end) {
    if (range_end.empty()) return describe_bytes(key);
    return "[" + describe_bytes(key) + ", " + describe_bytes(range_end) + ")";
}

template <class T>
std::string list(const std::vector<T>& items) {
    std::string text = "{";
    for (const T& item : items) {
        if (text.size() > 1) text += ", ";
        text += describe(item);
    }
    return text + "}";
}

std::string flag(bool is_set, std::string_view name) {
    return is_set ? " " + std::string(name) : "";
}

std::string bound(Revision revision, std::string_view name) {
    return revision ? " " + std::string(name) + "=" + number(revision.value) : "";
}

std::string operation_text(const machine::Put& put) {
    std::string text = "put " + describe_bytes(put.key) + " = " + describe_bytes(put.value);
    if (put.lease) text += " lease=" + number(put.lease.value);
    if (put.ttl.count() != 0) text += " ttl=" + std::to_string(put.ttl.count()) + "ms";
    return text + flag(put.prev_kv, "prev_kv") + flag(put.ignore_value, "ignore_value") +
           flag(put.ignore_lease, "ignore_lease");
}
std::string operation_text(const machine::Delete& remove) {
    return "delete " + range_text(remove.key, remove.range_end) + flag(remove.prev_kv, "prev_kv");
}
std::string operation_text(const machine::Append& append) {
    return "append " + describe_bytes(append.key) + " + " + describe_bytes(append.value);
}
std::string operation_text(const machine::Increment& increment) {
    return "increment " + describe_bytes(increment.key) + " by " + std::to_string(increment.delta);
}
std::string operation_text(const machine::RangeQuery& query) {
    return describe(query);
}
std::string operation_text(const machine::Txn& txn) {
    return describe(txn);
}
std::string operation_text(const machine::LeaseGrant& grant) {
    return "grant lease " + number(grant.lease.value) + " for " + std::to_string(grant.ttl.count()) + "ms";
}
std::string operation_text(const machine::LeaseRevoke& revoke) {
    return "revoke lease " + number(revoke.lease.value);
}
std::string operation_text(const machine::LeaseKeepAlive& keep_alive) {
    return "keep lease " + number(keep_alive.lease.value) + " alive";
}
std::string operation_text(const machine::Compact& compact) {
    return "compact " + number(compact.revision.value);
}

std::string operation_text(const machine::Campaign& campaign) {
    return "campaign for " + describe_bytes(campaign.name) + " with " + describe_bytes(campaign.value) +
           " lease=" + number(campaign.lease.value);
}

std::string answer_text(const machine::PutAnswer& answer) {
    return "put, previous " + list(answer.previous);
}
std::string answer_text(const machine::DeleteAnswer& answer) {
    return number(answer.deleted) + " deleted, previous " + list(answer.previous);
}
std::string answer_text(const machine::AppendAnswer& answer) {
    return number(answer.bytes) + " bytes";
}
std::string answer_text(const machine::IncrementAnswer& answer) {
    return "value " + std::to_string(answer.value);
}
std::string answer_text(const machine::RangeAnswer& answer) {
    return list(answer.kvs) + " of " + number(answer.count) + flag(answer.more, "and more");
}
std::string answer_text(const machine::TxnAnswer& answer) {
    return std::string(answer.succeeded ? "succeeded" : "failed") + " " + list(answer.answers);
}
std::string answer_text(const machine::LeaseAnswer& answer) {
    return "lease " + number(answer.lease.value) + " of " + std::to_string(answer.ttl.count()) + "ms";
}
std::string answer_text(const machine::CampaignAnswer& answer) {
    return "place " + describe_bytes(answer.key) + " since " + number(answer.token.value);
}

}  // namespace

std::string describe_bytes(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : bytes.substr(0, shown_bytes_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isprint(byte) != 0 && c != '"' && c != '\\')
            text += c;
        else
            text += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
    }
    text += "\"";
    return bytes.size() <= shown_bytes_max ? text : text + "... of " + number(bytes.size()) + " bytes";
}

std::string describe(const KeyValue& record) {
    std::string text = describe_bytes(record.key) + "=" + describe_bytes(record.value) + " " +
                       number(record.create_revision.value) + "/" + number(record.mod_revision.value) + "/" +
                       number(record.version);
    if (record.lease) text += " lease=" + number(record.lease.value);
    return text;
}

std::string describe(const machine::RangeQuery& query) {
    static constexpr std::array orders = {"", "ascending", "descending"};
    static constexpr std::array targets = {"key", "version", "create", "mod", "value"};
    std::string text = "range " + range_text(query.key, query.range_end);
    if (query.limit > 0) text += " limit=" + number(query.limit);
    text += bound(query.revision, "revision");
    if (query.sort_order != machine::SortOrder::none || query.sort_target != machine::SortTarget::key) {
        text += " sort=" + std::string(targets.at(static_cast<std::size_t>(query.sort_target))) + ":" +
                orders.at(static_cast<std::size_t>(query.sort_order));
    }
    return text + flag(query.keys_only, "keys_only") + flag(query.count_only, "count_only") +
           bound(query.mod_revision_min, "mod_min") + bound(query.mod_revision_max, "mod_max") +
           bound(query.create_revision_min, "create_min") + bound(query.create_revision_max, "create_max");
}

std::string describe(const machine::Operation& operation) {
    return std::visit([](const auto& body) { return operation_text(body); }, operation.body);
}

std::string describe(const machine::Compare& compare) {
    static constexpr std::array targets = {"version", "create", "mod", "value", "lease"};
    static constexpr std::array relations = {"==", ">", "<", "!="};
    return std::string(targets.at(static_cast<std::size_t>(compare.target))) + " of " +
           range_text(compare.key, compare.range_end) + " " +
           relations.at(static_cast<std::size_t>(compare.relation)) + " " +
           (compare.target == machine::CompareTarget::value ? describe_bytes(compare.value)
                                                            : number(compare.number));
}

std::string describe(const machine::Txn& txn) {
    return "txn if " + list(txn.compares) + " then " + list(txn.success) + " else " + list(txn.failure);
}

std::string describe(const machine::Command& command) {
    std::string text =
        std::visit([](const auto& operation) { return operation_text(operation); }, command.operation);
    if (command.client) {
        text += " (client " + number(command.client.value) + ", sequence " + number(command.sequence.value) +
                ", first unanswered " + number(command.first_unanswered.value) + ")";
    }
    return text;
}

std::string describe(const machine::Answer& answer) {
    return std::visit([](const auto& body) { return answer_text(body); }, answer.body);
}

std::string describe(const machine::Outcome& outcome) {
    return name(outcome.code) + " at revision " + number(outcome.revision.value) + ", " +
           number(outcome.deleted) + " deleted, " +
           (outcome.answer ? describe(*outcome.answer) : "no answer");
}

std::string describe(const RangeOutcome& outcome) {
    return outcome.code == Code::ok ? answer_text(outcome.answer) : name(outcome.code);
}

std::string describe(const Change& change) {
    return std::string(change.is_put ? "put " : "removed ") + describe(change.record) +
           (change.previous ? " after " + describe(*change.previous) : " after nothing");
}

std::string describe(const LeaseReport& lease) {
    std::string text = "lease " + number(lease.lease.value) + " of " + std::to_string(lease.granted.count()) +
                       "ms, " + std::to_string(lease.left.count()) + "ms left, keys {";
    for (const std::string& key : lease.keys)
        text += " " + describe_bytes(key);
    return text + " }";
}

}  // namespace kvbus::oracle
