#include "wire/command_fields.h"

#include <variant>

#include "wire/limits.h"

namespace kvbus::wire {
namespace {

enum class CommandKind : std::uint8_t { put = 1, remove = 2 };

std::string_view last_field(const machine::Command& command) {
    if (const auto* put = std::get_if<machine::Put>(&command.operation)) return put->value;
    return std::get<machine::Delete>(command.operation).range_end;
}

std::string_view key_field(const machine::Command& command) {
    if (const auto* put = std::get_if<machine::Put>(&command.operation)) return put->key;
    return std::get<machine::Delete>(command.operation).key;
}

machine::Command read_session_fields(Fields& fields) {
    machine::Command command;
    command.client = ClientId{fields.uint()};
    command.sequence = Sequence{fields.uint()};
    command.first_unanswered = Sequence{fields.uint()};
    if (!command.client)
        command.sequence = command.first_unanswered = Sequence{};  // mean nothing without a session
    return command;
}

Error invalid(std::string message) {
    return {Code::invalid_argument, std::move(message)};
}

std::optional<Error> check_session(const machine::Command& command) {
    if (!command.client) return std::nullopt;
    if (!command.sequence) return invalid("sequence: 0, must be at least 1 when there is a client_id");
    if (!command.first_unanswered || command.first_unanswered > command.sequence) {
        return invalid("first_unanswered: " + std::to_string(command.first_unanswered.value) +
                       ", must be from 1 to the sequence, " + std::to_string(command.sequence.value));
    }
    return std::nullopt;
}

}  // namespace

void pack_command_fields(Packer& packer, const machine::Command& command) {
    packer.uint(command.client.value);
    packer.uint(command.sequence.value);
    packer.uint(command.first_unanswered.value);
    packer.bytes(key_field(command));
    packer.bytes(last_field(command));
}

machine::Command read_put_fields(Fields& fields) {
    machine::Command command = read_session_fields(fields);
    auto& put = command.operation.emplace<machine::Put>();
    put.key = fields.bytes();
    put.value = fields.bytes();
    return command;
}

machine::Command read_delete_fields(Fields& fields) {
    machine::Command command = read_session_fields(fields);
    auto& remove = command.operation.emplace<machine::Delete>();
    remove.key = fields.bytes();
    remove.range_end = fields.bytes_or({});
    return command;
}

void pack_command(Packer& packer, const machine::Command& command) {
    const bool is_put = std::holds_alternative<machine::Put>(command.operation);
    packer.array(1 + command_field_count);
    packer.uint(static_cast<std::uint64_t>(is_put ? CommandKind::put : CommandKind::remove));
    pack_command_fields(packer, command);
}

std::optional<machine::Command> read_command(Fields fields) {
    const auto kind = static_cast<CommandKind>(fields.uint());
    if (kind != CommandKind::put && kind != CommandKind::remove) return std::nullopt;
    const machine::Command command =
        kind == CommandKind::put ? read_put_fields(fields) : read_delete_fields(fields);
    fields.finish_exactly();
    if (!fields.ok() || check_command(command)) return std::nullopt;
    return command;
}

std::size_t command_bytes(const machine::Command& command) {
    return key_field(command).size() + last_field(command).size();
}

std::optional<Error> check_command(const machine::Command& command) {
    if (auto error = check_session(command)) return error;
    if (const auto* put = std::get_if<machine::Put>(&command.operation)) {
        if (put->value.size() > limits::value_bytes_max) {
            return too_large("value", put->value.size(), limits::value_bytes_max);
        }
        return check_range(put->key, {});
    }
    return check_range(key_field(command), last_field(command));
}

std::optional<Error> check_range(std::string_view key, std::string_view range_end) {
    if (key.empty()) return invalid("key: empty, must have at least one byte");
    if (key.size() > limits::key_bytes_max) return too_large("key", key.size(), limits::key_bytes_max);
    if (range_end.size() > limits::key_bytes_max) {
        return too_large("range_end", range_end.size(), limits::key_bytes_max);
    }
    return std::nullopt;
}

Error too_large(std::string_view field, std::size_t bytes, std::size_t bytes_max) {
    return {Code::too_large, std::string(field) + ": " + std::to_string(bytes) + " bytes, at most " +
                                 std::to_string(bytes_max)};
}

}  // namespace kvbus::wire
