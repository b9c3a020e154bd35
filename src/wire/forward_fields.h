// The fields of frames that forward commands to the leader, and of those that bring back what came of them.
#pragma once

#include <cstddef>
#include <string>

#include "wire/fields.h"
#include "wire/pack.h"
#include "wire/peer_frames.h"

namespace kvbus::wire {

void pack_forward(Packer& packer, const Forward& forward);
void pack_forward_reply(Packer& packer, const ForwardReply& reply);

// Also in snapshots, where the sequence stands for the id.
void pack_forwarded_outcome(Packer& packer, const ForwardedOutcome& forwarded);
[[nodiscard]] ForwardedOutcome read_forwarded_outcome(Fields fields);

[[nodiscard]] std::size_t forward_bytes_max(const Forward& forward);
[[nodiscard]] std::size_t forward_reply_bytes_max(const ForwardReply& reply);

[[nodiscard]] Forward read_forward(Fields& fields);
[[nodiscard]] ForwardReply read_forward_reply(Fields& fields);

[[nodiscard]] std::string read_text(Fields& fields, std::size_t bytes_max);

}  // namespace kvbus::wire
