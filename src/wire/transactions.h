// The fields of a transaction: [compares], [success], [failure]. A comparison is [key, range_end, target,
// relation, number or value], an operation [kind, fields…], and both bounded in number and depth.
#pragma once

#include <cstddef>

#include "machine/command.h"
#include "wire/cursor.h"
#include "wire/limits.h"
#include "wire/operation_fields.h"

namespace kvbus::wire {

// A list and its elements for each level; a frame of commands around, and records inside of answers.
static_assert(2 * limits::txn_depth_max + 8 <= Cursor::depth_max, "what is refused can still be skipped");

void pack_fields(Packer& packer, const machine::Txn& txn);
[[nodiscard]] machine::Txn read_txn(Fields& fields, Decoding& decoding);

// Of a transaction: no less than its fields take on the wire.
[[nodiscard]] std::size_t content_bytes(const machine::Txn& txn);

}  // namespace kvbus::wire
