// The fields of a mutating command. They are the same in a client's request, in a log entry and in a frame
// that forwards the command to the leader: client_id, sequence, first_unanswered, key, and then the value or
// range_end.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "machine/command.h"
#include "wire/fields.h"
#include "wire/pack.h"

namespace kvbus::wire {

constexpr std::size_t command_field_count = 5;
constexpr std::size_t command_overhead_max = 64;  // bytes around key and value, in any of the three places

void pack_command_fields(Packer& packer, const machine::Command& command);
[[nodiscard]] machine::Command read_put_fields(Fields& fields);
[[nodiscard]] machine::Command read_delete_fields(Fields& fields);

// [kind, fields…]: a command that stands alone.
void pack_command(Packer& packer, const machine::Command& command);
// Nothing after bytes that are no command. An element too many counts as such: a log entry must mean the same
// on every node, so nothing in it is skipped.
[[nodiscard]] std::optional<machine::Command> read_command(Fields fields);

[[nodiscard]] std::size_t command_bytes(const machine::Command& command);  // of key and value

// What is wrong with the values of a command, if anything.
[[nodiscard]] std::optional<Error> check_command(const machine::Command& command);
[[nodiscard]] std::optional<Error> check_range(std::string_view key, std::string_view range_end);

[[nodiscard]] Error too_large(std::string_view field, std::size_t bytes, std::size_t bytes_max);

}  // namespace kvbus::wire
