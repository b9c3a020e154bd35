// Every limit of the protocol, in one place, with the relations that must hold between them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvbus::wire::limits {

constexpr std::size_t key_bytes_max = 32 << 10;  // keys are names, not content
constexpr std::size_t value_bytes_max = 1 << 20;
constexpr std::size_t request_bytes_max = 3 << 19;  // one request; 1.5 MiB, etcd's default
constexpr std::size_t client_frame_bytes_max =
    4 << 20;  // one ZeroMQ message from a client; many requests may share it
constexpr std::size_t requests_per_frame_max = 4096;
constexpr std::size_t reply_bytes_max = 16 << 20;  // one reply; a larger range must be asked for in parts
constexpr std::size_t envelope_frames_max = 4;     // routing frames before the body
constexpr std::size_t url_bytes_max = 256;
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t members_max = 64;
constexpr std::size_t message_bytes_max = 1 << 10;  // the text of an error, or of an alarm
constexpr std::size_t alarms_max = 16;              // of one node

constexpr std::size_t txn_depth_max = 8;  // transactions in each other
// Comparisons or operations in one list: what a node takes by default (machine::flaw_of), as etcd.
constexpr std::size_t txn_operations_max = 128;
// All of them in one transaction, nested ones included: what a reader takes.
constexpr std::size_t txn_parts_max = 16'384;
constexpr std::size_t part_growth_max = 16;  // bytes by which one is longer in the log than in a request
constexpr std::int64_t ttl_ms_max = std::int64_t{10 * 365} * 24 * 3600 * 1000;  // ten years

constexpr std::size_t name_of_line_bytes_max = 4 << 10;  // what is campaigned for
constexpr std::size_t watch_reply_bytes = 1 << 20;      // events in one reply, when the request names no size
constexpr std::size_t watch_reply_bytes_max = 8 << 20;  // and at most; an event that reaches it still goes in

constexpr std::size_t batch_bytes_max = 2 << 20;  // one log entry, one batch of commands
constexpr std::size_t batch_commands_max = 16'384;
constexpr std::size_t append_bytes_max = 1 << 20;  // entries in one Append; a larger single entry goes alone
constexpr std::size_t append_entries_max = 4096;
constexpr std::size_t forward_commands_max = 4096;      // commands in one forwarded frame
constexpr std::size_t peer_frame_bytes_max = 16 << 20;  // one ZeroMQ message between nodes

constexpr std::size_t snapshot_chunk_bytes = 1 << 20;  // a chunk ends with the record that reaches it
constexpr std::size_t snapshot_chunk_bytes_max = 12
                                                 << 20;  // the largest record is the answer of a transaction
constexpr std::size_t snapshot_manifest_bytes_max = 1 << 20;  // the marks of a history by age: 20 KiB mostly

constexpr std::size_t frame_overhead = 4 << 10;  // more than any header, array or length prefix adds up to

static_assert(key_bytes_max + value_bytes_max + frame_overhead <= request_bytes_max);
static_assert(request_bytes_max <= client_frame_bytes_max);
static_assert(watch_reply_bytes_max + 2 * (key_bytes_max + value_bytes_max) + frame_overhead <=
              reply_bytes_max);
static_assert(txn_operations_max <= txn_parts_max);
static_assert(request_bytes_max + txn_parts_max * part_growth_max + frame_overhead <= batch_bytes_max,
              "any accepted request fits one entry");
static_assert(append_bytes_max + batch_bytes_max + frame_overhead * 16 <= peer_frame_bytes_max,
              "an Append ends with the entry that reaches its limit");
static_assert(snapshot_chunk_bytes_max + snapshot_manifest_bytes_max + frame_overhead <=
              peer_frame_bytes_max);
static_assert(snapshot_chunk_bytes_max + frame_overhead <= reply_bytes_max);
static_assert(client_frame_bytes_max * 2 <= peer_frame_bytes_max,
              "a frame of requests can be forwarded whole");

}  // namespace kvbus::wire::limits
