#include "wire/operation_fields.h"

#include <array>
#include <string>

namespace kvbus::wire {
namespace {

constexpr std::size_t short_field_count = 2;
constexpr std::size_t put_field_count = 5;
constexpr std::size_t delete_field_count = 3;
constexpr std::size_t short_range_field_count = 4;
constexpr std::size_t range_field_count = 11;

std::uint64_t options_of(const machine::Put& put) {
    return (put.prev_kv ? put_option::prev_kv : 0) | (put.ignore_value ? put_option::ignore_value : 0) |
           (put.ignore_lease ? put_option::ignore_lease : 0);
}

bool is_short(const machine::Put& put) {
    return !put.lease && put.ttl.count() == 0 && options_of(put) == 0;
}

bool is_short(const machine::RangeQuery& query) {
    return !query.revision && query.sort_order == machine::SortOrder::none &&
           query.sort_target == machine::SortTarget::key && !query.mod_revision_min &&
           !query.mod_revision_max && !query.create_revision_min && !query.create_revision_max;
}

// --- reading -----------------------------------------------------------------------------------------------

Revision read_revision(Fields& fields, const Decoding& decoding) {
    return Revision{decoding.uint_or(fields, 0)};
}

RangeRequest read_range(Fields& fields, Decoding& decoding, std::uint64_t options_known) {
    RangeRequest range;
    machine::RangeQuery& query = range.query;
    query.key = fields.bytes();
    query.range_end = decoding.bytes_or(fields, {});
    query.limit = decoding.uint_or(fields, 0);
    const std::uint64_t options = decoding.options(fields, options_known);
    range.serializable = (options & range_option::serializable) != 0;
    query.keys_only = (options & range_option::keys_only) != 0;
    query.count_only = (options & range_option::count_only) != 0;
    if (fields.done()) return range;
    query.revision = read_revision(fields, decoding);
    query.sort_order = decoding.choice_or(fields, machine::SortOrder::none);
    query.sort_target = decoding.choice_or(fields, machine::SortTarget::key);
    query.mod_revision_min = read_revision(fields, decoding);
    query.mod_revision_max = read_revision(fields, decoding);
    query.create_revision_min = read_revision(fields, decoding);
    query.create_revision_max = read_revision(fields, decoding);
    return range;
}

}  // namespace

std::span<const std::string_view> field_names(RequestType type) {
    static constexpr std::array<std::string_view, put_field_count> put{"key", "value", "options", "lease",
                                                                       "ttl_ms"};
    static constexpr std::array<std::string_view, delete_field_count> remove{"key", "range_end", "options"};
    static constexpr std::array<std::string_view, range_field_count> range{"key",
                                                                           "range_end",
                                                                           "limit",
                                                                           "options",
                                                                           "revision",
                                                                           "sort_order",
                                                                           "sort_target",
                                                                           "mod_revision_min",
                                                                           "mod_revision_max",
                                                                           "create_revision_min",
                                                                           "create_revision_max"};
    static constexpr std::array<std::string_view, 2> append{"key", "value"};
    static constexpr std::array<std::string_view, 2> increment{"key", "delta"};
    static constexpr std::array<std::string_view, 3> txn{"compares", "success", "failure"};
    static constexpr std::array<std::string_view, 2> lease_grant{"lease", "ttl_ms"};
    static constexpr std::array<std::string_view, 1> lease{"lease"};
    static constexpr std::array<std::string_view, 2> lease_status{"lease", "options"};
    static constexpr std::array<std::string_view, 1> compact{"revision"};
    static constexpr std::array<std::string_view, 6> watch{"key",    "range_end", "from",
                                                           "offset", "options",   "bytes_max"};
    static constexpr std::array<std::string_view, 3> campaign{"name", "value", "lease"};
    static constexpr std::array<std::string_view, 1> snapshot{"at_least"};
    static constexpr std::array<std::string_view, 3> snapshot_chunk{"snapshot_id", "section", "number"};
    switch (type) {
        case RequestType::put:
            return put;
        case RequestType::remove:
            return remove;
        case RequestType::range:
            return range;
        case RequestType::append:
            return append;
        case RequestType::increment:
            return increment;
        case RequestType::txn:
            return txn;
        case RequestType::lease_grant:
            return lease_grant;
        case RequestType::lease_revoke:
        case RequestType::lease_keep_alive:
            return lease;
        case RequestType::lease_status:
            return lease_status;
        case RequestType::compact:
            return compact;
        case RequestType::watch:
            return watch;
        case RequestType::campaign:
            return campaign;
        case RequestType::snapshot:
            return snapshot;
        case RequestType::snapshot_chunk:
            return snapshot_chunk;
        case RequestType::status:
        case RequestType::members:
        case RequestType::leases:
            break;
    }
    return {};
}

// --- writing -----------------------------------------------------------------------------------------------

std::size_t field_count(const machine::Put& put) {
    return is_short(put) ? short_field_count : put_field_count;
}

std::size_t field_count(const machine::Delete& remove) {
    return remove.prev_kv ? delete_field_count : short_field_count;
}

std::size_t field_count(const machine::RangeQuery& query) {
    return is_short(query) ? short_range_field_count : range_field_count;
}

void pack_fields(Packer& packer, const machine::Put& put) {
    packer.bytes(put.key);
    packer.bytes(put.value);
    if (is_short(put)) return;
    packer.uint(options_of(put));
    packer.uint(put.lease.value);
    packer.integer(put.ttl.count());
}

void pack_fields(Packer& packer, const machine::Delete& remove) {
    packer.bytes(remove.key);
    packer.bytes(remove.range_end);
    if (remove.prev_kv) packer.uint(delete_option::prev_kv);
}

void pack_fields(Packer& packer, const machine::RangeQuery& query, bool serializable) {
    packer.bytes(query.key);
    packer.bytes(query.range_end);
    packer.uint(query.limit);
    packer.uint((serializable ? range_option::serializable : 0) |
                (query.keys_only ? range_option::keys_only : 0) |
                (query.count_only ? range_option::count_only : 0));
    if (is_short(query)) return;
    packer.uint(query.revision.value);
    packer.uint(static_cast<std::uint64_t>(query.sort_order));
    packer.uint(static_cast<std::uint64_t>(query.sort_target));
    packer.uint(query.mod_revision_min.value);
    packer.uint(query.mod_revision_max.value);
    packer.uint(query.create_revision_min.value);
    packer.uint(query.create_revision_max.value);
}

void pack_fields(Packer& packer, const machine::Append& append) {
    packer.bytes(append.key);
    packer.bytes(append.value);
}

void pack_fields(Packer& packer, const machine::Increment& increment) {
    packer.bytes(increment.key);
    packer.integer(increment.delta);
}

void pack_fields(Packer& packer, const machine::LeaseGrant& grant) {
    packer.uint(grant.lease.value);
    packer.integer(grant.ttl.count());
}

void pack_fields(Packer& packer, const machine::LeaseRevoke& revoke) {
    packer.uint(revoke.lease.value);
}

void pack_fields(Packer& packer, const machine::LeaseKeepAlive& keep_alive) {
    packer.uint(keep_alive.lease.value);
}

void pack_fields(Packer& packer, const machine::Compact& compact) {
    packer.uint(compact.revision.value);
}

void pack_fields(Packer& packer, const machine::Campaign& campaign) {
    packer.bytes(campaign.name);
    packer.bytes(campaign.value);
    packer.uint(campaign.lease.value);
}

// --- reading -----------------------------------------------------------------------------------------------

std::uint64_t Decoding::options(Fields& fields, std::uint64_t known) {
    const std::uint64_t options = uint_or(fields, 0);
    if ((options & ~known) != 0) {
        refuse(fields, {Code::unsupported, "options: " + std::to_string(options) +
                                               ", this node knows the bits of " + std::to_string(known)});
    }
    return options;
}

machine::Put read_put(Fields& fields, Decoding& decoding) {
    machine::Put put;
    put.key = fields.bytes();
    put.value = fields.bytes();
    if (fields.done()) return put;
    const std::uint64_t options = decoding.options(fields, put_option::known);
    put.prev_kv = (options & put_option::prev_kv) != 0;
    put.ignore_value = (options & put_option::ignore_value) != 0;
    put.ignore_lease = (options & put_option::ignore_lease) != 0;
    put.lease = LeaseId{decoding.uint_or(fields, 0)};
    put.ttl = std::chrono::milliseconds{decoding.integer_or(fields, 0)};
    return put;
}

machine::Delete read_delete(Fields& fields, Decoding& decoding) {
    machine::Delete remove;
    remove.key = fields.bytes();
    remove.range_end = decoding.bytes_or(fields, {});
    if (fields.done()) return remove;
    remove.prev_kv = (decoding.options(fields, delete_option::known) & delete_option::prev_kv) != 0;
    return remove;
}

machine::Append read_append(Fields& fields) {
    return {fields.bytes(), fields.bytes()};  // braces evaluate from left to right
}

machine::Increment read_increment(Fields& fields, const Decoding& decoding) {
    return {fields.bytes(), decoding.integer_or(fields, 1)};
}

machine::LeaseGrant read_lease_grant(Fields& fields) {
    return {LeaseId{fields.uint()}, std::chrono::milliseconds{fields.integer()}};
}

machine::Campaign read_campaign(Fields& fields) {
    return {fields.bytes(), fields.bytes(), LeaseId{fields.uint()}};
}

RangeRequest read_range_request(Fields& fields, Decoding& decoding) {
    return read_range(fields, decoding, range_option::known);
}

machine::RangeQuery read_range_query(Fields& fields, Decoding& decoding) {
    return read_range(fields, decoding, range_option::known & ~range_option::serializable).query;
}

}  // namespace kvbus::wire
