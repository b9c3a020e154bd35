#include "wire/transactions.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/checks.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t list_overhead_max = 5;
constexpr std::size_t compare_field_count = 5;
constexpr std::size_t compare_overhead_max = 32;    // bytes around key, range_end and value
constexpr std::size_t operation_overhead_max = 96;  // a range has eleven fields
constexpr std::size_t part_bytes_min = 4;
constexpr std::size_t reserved_max = 16;  // a count is a promise that may be a lie

// --- writing -----------------------------------------------------------------------------------------------

void pack_part(Packer& packer, const machine::Compare& compare) {
    packer.array(compare_field_count);
    packer.bytes(compare.key);
    packer.bytes(compare.range_end);
    packer.uint(static_cast<std::uint64_t>(compare.target));
    packer.uint(static_cast<std::uint64_t>(compare.relation));
    if (compare.target == machine::CompareTarget::value) {
        packer.bytes(compare.value);
    } else {
        packer.uint(compare.number);
    }
}

void pack_part(Packer& packer, const machine::Operation& operation) {
    const auto pack = [&](const auto& body) {
        packer.array(1 + field_count(body));
        packer.uint(static_cast<std::uint64_t>(type_of(body)));
        pack_fields(packer, body);
    };
    std::visit(pack, operation.body);
}

template <class Part>
void pack_list(Packer& packer, const std::vector<Part>& parts) {
    packer.array(parts.size());
    for (const Part& part : parts)
        pack_part(packer, part);
}

std::size_t bytes_max(const std::vector<machine::Operation>& operations) {
    std::size_t bytes = list_overhead_max;
    for (const machine::Operation& operation : operations) {
        bytes += operation_overhead_max +
                 std::visit([](const auto& body) { return content_bytes(body); }, operation.body);
    }
    return bytes;
}

// --- reading -----------------------------------------------------------------------------------------------

machine::Compare read_compare_fields(Fields& fields, Decoding& decoding) {
    const Decoding required{.exact = true};
    machine::Compare compare;
    compare.key = fields.bytes();
    compare.range_end = fields.bytes();
    compare.target = required.choice_or(fields, machine::CompareTarget::version);
    compare.relation = required.choice_or(fields, machine::Relation::equal);
    if (compare.target == machine::CompareTarget::value) {
        compare.value = fields.bytes();
    } else if (compare.target <= machine::CompareTarget::lease) {
        compare.number = fields.uint();
    } else {
        decoding.refuse(fields, unknown_target());
    }
    return compare;
}

machine::Operation read_operation_fields(Fields& fields, RequestType kind, Decoding& decoding) {
    switch (kind) {
        case RequestType::put:
            return {read_put(fields, decoding)};
        case RequestType::remove:
            return {read_delete(fields, decoding)};
        case RequestType::range:
            return {read_range_query(fields, decoding)};
        case RequestType::append:
            return {read_append(fields)};
        case RequestType::increment:
            return {read_increment(fields, decoding)};
        case RequestType::txn:
            return {read_txn(fields, decoding)};
        default:
            break;
    }
    if (fields.ok()) {
        decoding.refuse(fields, {Code::unsupported,
                                 "kind: no operation of a transaction, must be 1 put, 2 remove, 3 range, 6 "
                                 "append, 7 increment or 8 txn"});
    }
    return {};
}

// A field of the wrong type is named here, where its name is known. `first`: the position of the first name.
void finish_part(Fields& fields, Decoding& decoding, std::span<const std::string_view> names,
                 std::size_t first) {
    if (!fields.ok() && !decoding.error) {
        const std::size_t position = fields.position();
        std::string_view name = position == 0 ? "array" : "kind";
        if (position >= first && position - first < names.size()) name = names[position - first];
        decoding.refuse(fields, {Code::malformed, std::string(name) + ": missing or of the wrong type"});
    }
    decoding.finish(fields);
}

void read_part(Fields fields, Decoding& decoding, std::vector<machine::Compare>& parts) {
    constexpr std::array<std::string_view, compare_field_count> names{"key", "range_end", "target",
                                                                      "relation", "number or value"};
    parts.push_back(read_compare_fields(fields, decoding));
    finish_part(fields, decoding, names, 1);
}

void read_part(Fields fields, Decoding& decoding, std::vector<machine::Operation>& parts) {
    const RequestType kind = read_type(fields.uint());
    parts.push_back(read_operation_fields(fields, kind, decoding));
    finish_part(fields, decoding, field_names(kind), 2);
}

template <class Part>
void read_list(Fields& fields, Decoding& decoding, std::string_view name, std::vector<Part>& parts) {
    Fields list = fields.nested();
    parts.reserve(std::min({list.count(), list.remaining() / part_bytes_min, reserved_max}));
    while (list.ok() && !list.done()) {
        if (++decoding.parts > limits::txn_parts_max) return decoding.refuse(list, too_many_parts());
        read_part(list.nested(), decoding, parts);
        if (decoding.error) decoding.error = within(name, list.position() - 1, std::move(*decoding.error));
    }
}

}  // namespace

void pack_fields(Packer& packer, const machine::Txn& txn) {
    pack_list(packer, txn.compares);
    pack_list(packer, txn.success);
    pack_list(packer, txn.failure);
}

machine::Txn read_txn(Fields& fields, Decoding& decoding) {
    machine::Txn txn;
    if (decoding.depth == limits::txn_depth_max) {
        decoding.refuse(fields, too_deep());
        return txn;
    }
    ++decoding.depth;
    read_list(fields, decoding, "compares", txn.compares);
    read_list(fields, decoding, "success", txn.success);
    if (decoding.exact || !fields.done()) read_list(fields, decoding, "failure", txn.failure);
    --decoding.depth;
    return txn;
}

std::size_t content_bytes(const machine::Txn& txn) {
    std::size_t bytes = list_overhead_max + bytes_max(txn.success) + bytes_max(txn.failure);
    for (const machine::Compare& compare : txn.compares) {
        bytes += compare_overhead_max + compare.key.size() + compare.range_end.size() + compare.value.size();
    }
    return bytes;
}

}  // namespace kvbus::wire
