// The fields of each operation. They are the same in a client's request, in a log entry, in a frame that
// forwards a command to the leader, and inside a transaction. What an operation rarely needs comes last and
// is left out as a whole when it is not needed, so that the common case stays short.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <kvbus/error.h>

#include "machine/command.h"
#include "wire/client_frames.h"
#include "wire/fields.h"
#include "wire/pack.h"

namespace kvbus::wire {

// --- numbers and names -------------------------------------------------------------------------------------

// The bits of options.
namespace put_option {
constexpr std::uint64_t prev_kv = 1, ignore_value = 2, ignore_lease = 4, known = 7;
}
namespace delete_option {
constexpr std::uint64_t prev_kv = 1, known = 1;
}
namespace range_option {
constexpr std::uint64_t serializable = 1, keys_only = 2, count_only = 4, known = 7;
}
namespace watch_option {
constexpr std::uint64_t prev_kv = 1, keys_only = 2, no_put = 4, no_delete = 8, no_wait = 16, known = 31;
}
namespace lease_status_option {
constexpr std::uint64_t keys = 1, known = 1;
}

constexpr RequestType type_of(const machine::Put&) {
    return RequestType::put;
}
constexpr RequestType type_of(const machine::Delete&) {
    return RequestType::remove;
}
constexpr RequestType type_of(const machine::RangeQuery&) {
    return RequestType::range;
}
constexpr RequestType type_of(const machine::Append&) {
    return RequestType::append;
}
constexpr RequestType type_of(const machine::Increment&) {
    return RequestType::increment;
}
constexpr RequestType type_of(const machine::Txn&) {
    return RequestType::txn;
}
constexpr RequestType type_of(const machine::LeaseGrant&) {
    return RequestType::lease_grant;
}
constexpr RequestType type_of(const machine::LeaseRevoke&) {
    return RequestType::lease_revoke;
}
constexpr RequestType type_of(const machine::LeaseKeepAlive&) {
    return RequestType::lease_keep_alive;
}
constexpr RequestType type_of(const machine::Compact&) {
    return RequestType::compact;
}
constexpr RequestType type_of(const machine::Campaign&) {
    return RequestType::campaign;
}

constexpr RequestType read_type(std::uint64_t number) {
    return number <= 0xff ? static_cast<RequestType>(number) : unknown_type;
}

// In their order, for messages.
[[nodiscard]] std::span<const std::string_view> field_names(RequestType type);

// --- writing -----------------------------------------------------------------------------------------------

[[nodiscard]] std::size_t field_count(const machine::Put& put);
[[nodiscard]] std::size_t field_count(const machine::Delete& remove);
[[nodiscard]] std::size_t field_count(const machine::RangeQuery& query);
constexpr std::size_t field_count(const machine::Append&) {
    return 2;
}
constexpr std::size_t field_count(const machine::Increment&) {
    return 2;
}
constexpr std::size_t field_count(const machine::Txn&) {
    return 3;
}
constexpr std::size_t field_count(const machine::LeaseGrant&) {
    return 2;
}
constexpr std::size_t field_count(const machine::LeaseRevoke&) {
    return 1;
}
constexpr std::size_t field_count(const machine::LeaseKeepAlive&) {
    return 1;
}
constexpr std::size_t field_count(const machine::Compact&) {
    return 1;
}
constexpr std::size_t field_count(const machine::Campaign&) {
    return 3;
}

// Keys and values, without what is around them.
constexpr std::size_t content_bytes(const machine::Put& put) {
    return put.key.size() + put.value.size();
}
constexpr std::size_t content_bytes(const machine::Delete& remove) {
    return remove.key.size() + remove.range_end.size();
}
constexpr std::size_t content_bytes(const machine::RangeQuery& query) {
    return query.key.size() + query.range_end.size();
}
constexpr std::size_t content_bytes(const machine::Append& append) {
    return append.key.size() + append.value.size();
}
constexpr std::size_t content_bytes(const machine::Increment& increment) {
    return increment.key.size();
}
constexpr std::size_t content_bytes(const machine::LeaseGrant&) {
    return 0;
}
constexpr std::size_t content_bytes(const machine::LeaseRevoke&) {
    return 0;
}
constexpr std::size_t content_bytes(const machine::LeaseKeepAlive&) {
    return 0;
}
constexpr std::size_t content_bytes(const machine::Compact&) {
    return 0;
}
constexpr std::size_t content_bytes(const machine::Campaign& campaign) {
    return campaign.name.size() + campaign.value.size();
}

void pack_fields(Packer& packer, const machine::Put& put);
void pack_fields(Packer& packer, const machine::Delete& remove);
void pack_fields(Packer& packer, const machine::RangeQuery& query, bool serializable = false);
void pack_fields(Packer& packer, const machine::Append& append);
void pack_fields(Packer& packer, const machine::Increment& increment);
void pack_fields(Packer& packer, const machine::LeaseGrant& grant);
void pack_fields(Packer& packer, const machine::LeaseRevoke& revoke);
void pack_fields(Packer& packer, const machine::LeaseKeepAlive& keep_alive);
void pack_fields(Packer& packer, const machine::Compact& compact);
void pack_fields(Packer& packer, const machine::Campaign& campaign);

// --- reading -----------------------------------------------------------------------------------------------

// How one command or request is read, and what was found wrong with it beyond the type of a field.
struct Decoding {
    bool exact = false;  // nothing is skipped, and nothing defaulted but what is left out as a whole
    std::optional<Error> error{};
    std::size_t depth = 0;  // of transactions
    std::size_t parts = 0;  // of transactions

    void refuse(Fields& fields, Error reason) {
        if (!error) error = std::move(reason);
        fields.fail();
    }
    void finish(Fields& fields) const { exact ? fields.finish_exactly() : fields.finish(); }

    std::uint64_t uint_or(Fields& fields, std::uint64_t fallback) const {
        return exact ? fields.uint() : fields.uint_or(fallback);
    }
    std::int64_t integer_or(Fields& fields, std::int64_t fallback) const {
        return exact ? fields.integer() : fields.integer_or(fallback);
    }
    std::string_view bytes_or(Fields& fields, std::string_view fallback) const {
        return exact ? fields.bytes() : fields.bytes_or(fallback);
    }
    // Numbers that no enumeration has are left to the checks.
    template <class Enumeration>
    Enumeration choice_or(Fields& fields, Enumeration fallback) const {
        const auto number = uint_or(fields, static_cast<std::uint64_t>(fallback));
        return static_cast<Enumeration>(std::min<std::uint64_t>(number, 0xff));
    }
    std::uint64_t options(Fields& fields, std::uint64_t known);
};

[[nodiscard]] machine::Put read_put(Fields& fields, Decoding& decoding);
[[nodiscard]] machine::Delete read_delete(Fields& fields, Decoding& decoding);
[[nodiscard]] machine::Append read_append(Fields& fields);
[[nodiscard]] machine::Increment read_increment(Fields& fields, const Decoding& decoding);
[[nodiscard]] machine::LeaseGrant read_lease_grant(Fields& fields);
[[nodiscard]] machine::Campaign read_campaign(Fields& fields);

// With the option serializable, which the operation of a transaction does not have.
[[nodiscard]] RangeRequest read_range_request(Fields& fields, Decoding& decoding);
[[nodiscard]] machine::RangeQuery read_range_query(Fields& fields, Decoding& decoding);

}  // namespace kvbus::wire
