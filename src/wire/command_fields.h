// The fields of a mutating command: client_id, sequence, first_unanswered, and then those of its operation
// (operation_fields.h). They are the same in a client's request, in a log entry and in a frame that forwards
// the command to the leader.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "machine/command.h"
#include "wire/operation_fields.h"

namespace kvbus::wire {

constexpr std::size_t session_field_count = 3;

[[nodiscard]] RequestType type_of(const machine::Command& command);
[[nodiscard]] bool is_command(RequestType type);

[[nodiscard]] std::size_t field_count(const machine::Command& command);
void pack_fields(Packer& packer, const machine::Command& command);
// `type` is one that is_command().
void read_command_fields(Fields& fields, RequestType type, Decoding& decoding, machine::Command& command);

// [kind, fields…]: a command that stands alone.
void pack_command(Packer& packer, const machine::Command& command);
// Nothing after bytes that are no command. An element too many or too few counts as such: a log entry must
// mean the same on every node, so nothing in it is skipped or defaulted.
[[nodiscard]] std::optional<machine::Command> read_command(Fields fields);

[[nodiscard]] std::size_t command_bytes_max(const machine::Command& command);  // in any of the three places

}  // namespace kvbus::wire
