#include "wire/command_fields.h"

#include <variant>

#include "wire/checks.h"
#include "wire/transactions.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t overhead_max = 64;  // bytes around key and value

void read_session_fields(Fields& fields, machine::Command& command) {
    command.client = ClientId{fields.uint()};
    command.sequence = Sequence{fields.uint()};
    command.first_unanswered = Sequence{fields.uint()};
    if (!command.client)
        command.sequence = command.first_unanswered = Sequence{};  // mean nothing without a session
}

}  // namespace

RequestType type_of(const machine::Command& command) {
    return std::visit([](const auto& operation) { return type_of(operation); }, command.operation);
}

bool is_command(RequestType type) {
    switch (type) {
        case RequestType::put:
        case RequestType::remove:
        case RequestType::append:
        case RequestType::increment:
        case RequestType::txn:
        case RequestType::lease_grant:
        case RequestType::lease_revoke:
        case RequestType::lease_keep_alive:
        case RequestType::compact:
        case RequestType::campaign:
            return true;
        case RequestType::range:
        case RequestType::status:
        case RequestType::members:
        case RequestType::lease_status:
        case RequestType::leases:
        case RequestType::watch:
        case RequestType::snapshot:
        case RequestType::snapshot_chunk:
            break;
    }
    return false;
}

std::size_t field_count(const machine::Command& command) {
    return session_field_count +
           std::visit([](const auto& operation) { return field_count(operation); }, command.operation);
}

void pack_fields(Packer& packer, const machine::Command& command) {
    packer.uint(command.client.value);
    packer.uint(command.sequence.value);
    packer.uint(command.first_unanswered.value);
    std::visit([&](const auto& operation) { pack_fields(packer, operation); }, command.operation);
}

void read_command_fields(Fields& fields, RequestType type, Decoding& decoding, machine::Command& command) {
    read_session_fields(fields, command);
    auto& operation = command.operation;
    switch (type) {
        case RequestType::put:
            operation.emplace<machine::Put>(read_put(fields, decoding));
            return;
        case RequestType::remove:
            operation.emplace<machine::Delete>(read_delete(fields, decoding));
            return;
        case RequestType::append:
            operation.emplace<machine::Append>(read_append(fields));
            return;
        case RequestType::increment:
            operation.emplace<machine::Increment>(read_increment(fields, decoding));
            return;
        case RequestType::txn:
            operation.emplace<machine::Txn>(read_txn(fields, decoding));
            return;
        case RequestType::lease_grant:
            operation.emplace<machine::LeaseGrant>(read_lease_grant(fields));
            return;
        case RequestType::lease_revoke:
            operation.emplace<machine::LeaseRevoke>(LeaseId{fields.uint()});
            return;
        case RequestType::lease_keep_alive:
            operation.emplace<machine::LeaseKeepAlive>(LeaseId{fields.uint()});
            return;
        case RequestType::compact:
            operation.emplace<machine::Compact>(Revision{fields.uint()});
            return;
        case RequestType::campaign:
            operation.emplace<machine::Campaign>(read_campaign(fields));
            return;
        default:
            return fields.fail();
    }
}

void pack_command(Packer& packer, const machine::Command& command) {
    packer.array(1 + field_count(command));
    packer.uint(static_cast<std::uint64_t>(type_of(command)));
    pack_fields(packer, command);
}

std::optional<machine::Command> read_command(Fields fields) {
    Decoding decoding{.exact = true};
    std::optional<machine::Command> command(std::in_place);
    read_command_fields(fields, read_type(fields.uint()), decoding, *command);
    decoding.finish(fields);
    if (!fields.ok() || check_command(*command)) command.reset();
    return command;
}

std::size_t command_bytes_max(const machine::Command& command) {
    return overhead_max +
           std::visit([](const auto& operation) { return content_bytes(operation); }, command.operation);
}

}  // namespace kvbus::wire
