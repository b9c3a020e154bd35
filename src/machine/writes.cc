#include "machine/writes.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "machine/line.h"

namespace kvbus::machine {
namespace {

// An integer as std::to_chars writes it.
struct Decimal {
    explicit Decimal(std::int64_t number)
        : end(std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr) {}
    [[nodiscard]] std::string_view view() const { return {digits.data(), end}; }

    std::array<char, 20> digits;
    char* end;
};

std::optional<std::int64_t> integer_of(std::string_view value) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || Decimal(number).view() != value) return std::nullopt;
    return number;
}

struct Sum {
    Code code = Code::ok;
    std::int64_t number = 0;
};

Sum sum_of(const Keys& keys, const Increment& increment) {
    const auto record = keys.find(increment.key);
    const auto before = record ? integer_of(record->value) : 0;
    if (!before) return {Code::wrong_type};
    Sum sum;
    if (__builtin_add_overflow(*before, increment.delta, &sum.number)) return {Code::overflow};
    return sum;
}

}  // namespace

Code check(const Contents& contents, const Limits&, const Put& put) {
    if (put.lease && contents.leases.find(put.lease) == nullptr) return Code::lease_not_found;
    if ((put.ignore_value || put.ignore_lease) && !contents.keys.find(put.key)) return Code::key_not_found;
    return Code::ok;
}

Code check(const Contents& contents, const Limits& limits, const Append& append) {
    return value_bytes_after(contents, append) > limits.value_bytes_max ? Code::overflow : Code::ok;
}

Code check(const Contents& contents, const Limits&, const Increment& increment) {
    return sum_of(contents.keys, increment).code;
}

Code check(const Contents& contents, const Limits&, const Campaign& campaign) {
    return contents.leases.find(campaign.lease) == nullptr ? Code::lease_not_found : Code::ok;
}

std::uint64_t value_bytes_after(const Contents& contents, const Put& put) {
    if (!put.ignore_value) return put.value.size();
    return contents.keys.find(put.key)->value.size();
}

std::uint64_t value_bytes_after(const Contents& contents, const Append& append) {
    const auto record = contents.keys.find(append.key);
    return append.value.size() + (record ? record->value.size() : 0);
}

std::uint64_t value_bytes_after(const Contents& contents, const Increment& increment) {
    return Decimal(sum_of(contents.keys, increment).number).view().size();
}

std::uint64_t previous_bytes(const Contents& contents, const Limits& limits, const Put& put) {
    if (!put.prev_kv) return 0;
    const auto record = contents.keys.find(put.key);
    return record ? bytes_of(*record) + limits.answer_record_overhead : 0;
}

PutAnswer Write::apply(const Put& put) {
    changed_ = true;
    PutAnswer answer;
    std::string kept;
    if (put.prev_kv || put.ignore_value) {
        const auto record = contents_.keys.find(put.key);
        KV_CHECK(record || !put.ignore_value, "checked before anything was changed");
        if (put.ignore_value) kept = record->value;
        if (put.prev_kv && record) answer.previous.push_back(owned(*record));
    }
    const std::string_view value = put.ignore_value ? kept : put.value;
    if (put.ignore_lease) {
        put_keeping_tenure(put.key, value);
        return answer;
    }
    detach(put.key, put.lease);
    contents_.keys.put(put.key, value, put.lease, next_);
    if (put.lease) {
        contents_.leases.attach(put.lease, put.key);
    } else if (put.ttl.count() > 0) {
        contents_.deadlines.set(put.key, deadline_after(contents_.time, put.ttl));
    }
    return answer;
}

DeleteAnswer Write::apply(const Delete& remove) {
    DeleteAnswer answer;
    if (!remove.prev_kv && contents_.leases.attached() == 0 && contents_.deadlines.empty()) {
        answer.deleted = contents_.keys.remove(remove.key, remove.range_end, next_);
    } else {
        auto* previous = remove.prev_kv ? &answer.previous : nullptr;
        answer.deleted = contents_.keys.remove(remove.key, remove.range_end, next_,
                                               [this, previous](const Record& record) {
                                                   if (previous != nullptr)
                                                       previous->push_back(owned(record));
                                                   if (record.lease)
                                                       contents_.leases.detach(record.lease, record.key);
                                                   contents_.deadlines.clear(record.key);
                                               });
    }
    if (answer.deleted > 0) changed_ = true;
    return answer;
}

AppendAnswer Write::apply(const Append& append) {
    const auto record = contents_.keys.find(append.key);
    std::string value(record ? record->value : std::string_view{});
    value += append.value;
    put_keeping_tenure(append.key, value);
    return {value.size()};
}

IncrementAnswer Write::apply(const Increment& increment) {
    const Sum sum = sum_of(contents_.keys, increment);
    KV_CHECK(sum.code == Code::ok, "checked before anything was changed");
    put_keeping_tenure(increment.key, Decimal(sum.number).view());
    return {sum.number};
}

CampaignAnswer Write::apply(const Campaign& campaign) {
    std::string key = place_in_line(campaign.name, campaign.lease);
    if (const auto place = contents_.keys.find(key)) return {std::move(key), place->create_revision};
    apply(Put{.key = key, .value = campaign.value, .lease = campaign.lease});
    return {std::move(key), next_};
}

RangeAnswer Write::apply(const RangeQuery& query) {
    const RangeResult result = contents_.keys.range(query, changed_ ? next_ : contents_.revision);
    KV_CHECK(result.code == Code::ok, "checked before anything was changed");
    RangeAnswer answer{{}, result.count, result.more};
    answer.kvs.reserve(result.records.size());
    for (const Record& record : result.records)
        answer.kvs.push_back(owned(record));
    return answer;
}

void Write::end_lease(LeaseId id) {
    const Lease lease = contents_.leases.end(id);
    for (const std::string& key : lease.keys)
        KV_CHECK(contents_.keys.remove(key, {}, next_) == 1, "a lease has live keys only");
    if (!lease.keys.empty()) changed_ = true;
}

void Write::remove_with_deadline(std::string_view key) {
    contents_.deadlines.clear(key);
    KV_CHECK(contents_.keys.remove(key, {}, next_) == 1, "live keys only have a deadline");
    changed_ = true;
}

Revision Write::finish() {
    if (changed_) contents_.revision = next_;
    return contents_.revision;
}

// The key keeps its lease and its deadline, or has none of them as before.
void Write::put_keeping_tenure(std::string_view key, std::string_view value) {
    changed_ = true;
    LeaseId lease;
    if (contents_.leases.attached() > 0) {
        const auto record = contents_.keys.find(key);
        if (record) lease = record->lease;
    }
    contents_.keys.put(key, value, lease, next_);
}

// What the key lives by is about to be replaced. It need not have a lease or a deadline, nor exist.
void Write::detach(std::string_view key, LeaseId except) {
    if (!mutated(Mutant::ttl_outlives_overwrite)) contents_.deadlines.clear(key);
    if (contents_.leases.attached() == 0) return;
    const auto record = contents_.keys.find(key);
    if (record && record->lease && record->lease != except) contents_.leases.detach(record->lease, key);
}

}  // namespace kvbus::machine
