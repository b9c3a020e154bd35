// The client protocol (PROTOCOL.md): requests and replies as msgpack arrays, one or more back to back in a
// body. Decoding is bounded and takes views into the body; nothing is copied until someone keeps it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "machine/command.h"
#include "machine/machine.h"
#include "wire/snapshot.h"

namespace kvbus::wire {

constexpr std::uint64_t protocol_version = 1;

// The numbers on the wire.
enum class RequestType : std::uint8_t {
    put = 1,
    remove = 2,
    range = 3,
    status = 4,
    members = 5,
    append = 6,
    increment = 7,
    txn = 8,
    lease_grant = 9,
    lease_revoke = 10,
    lease_keep_alive = 11,
    compact = 12,
    lease_status = 13,
    leases = 14,
    watch = 15,
    campaign = 16,
    snapshot = 17,
    snapshot_chunk = 18,
};
constexpr RequestType unknown_type{};  // in a reply to a request whose type could not be read

struct RangeRequest {
    machine::RangeQuery query;
    bool serializable = false;  // answered at once from the node's own map
};
struct LeaseStatusRequest {  // linearizable, as LeasesRequest
    LeaseId lease;
    bool with_keys = false;
};
struct LeasesRequest {};

// The changes from one place in the history on, as far as they fit one reply. Held by the node until there is
// one, or the request's timeout: then the answer is a reply without events, from which the next request goes
// on. There is nothing else to a watch: its place is the client's, any node can serve the next request, and
// who does not ask is not sent anything.
struct WatchRequest {
    std::string_view key;
    std::string_view range_end;
    Revision from{};           // none: what comes after the answering node's revision, which answers at once
    std::uint64_t offset = 0;  // changes of `from` that were told already, whatever the range and the filters
    bool prev_kv = false;
    bool keys_only = false;  // values stay empty, those of previous records too
    bool no_put = false;
    bool no_delete = false;
    bool no_wait = false;         // answer at once with what there is
    std::uint64_t bytes_max = 0;  // of the events' keys and values in one reply; 0: the node's default
};

// A snapshot of the answering node's own machine, for a backup: answered once there is one that is no older
// than the request, or, when an earlier answer named a log index, than that. When it is not there in time,
// the answer names the index and nothing else.
struct SnapshotRequest {
    Index at_least;
};
struct SnapshotChunkRequest {
    ChunkName chunk;
};

struct StatusRequest {};
struct MembersRequest {};

struct Request {
    std::uint64_t id = 0;          // chosen by the client, echoed in the reply
    std::uint32_t timeout_ms = 0;  // how long the node may hold it; 0: the node's default
    std::variant<machine::Command, RangeRequest, StatusRequest, MembersRequest, LeaseStatusRequest,
                 LeasesRequest, WatchRequest, SnapshotRequest, SnapshotChunkRequest>
        body;
};

// Bytes that are not a valid request. With an id there is someone to tell.
struct BadRequest {
    std::optional<std::uint64_t> id;
    std::optional<RequestType> type;
    Error error;
};

void append_request(std::string& out, const Request& request);

// Reads the requests of one body. After bytes that are not msgpack, or not an array, nothing more can be
// read.
class RequestReader {
  public:
    explicit RequestReader(std::string_view body) : rest_(body) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] std::variant<Request, BadRequest> next();

  private:
    std::string_view rest_;
};

// --- replies -----------------------------------------------------------------------------------------------

struct ReplyHead {
    std::uint64_t id = 0;
    RequestType type = RequestType::put;
    Header header;
};

struct NodeStatus {
    std::string name;
    std::string version;       // of the program, "0.1.0"
    std::string role;          // "leader", "follower", "candidate"
    std::uint64_t commit = 0;  // log indexes
    std::uint64_t applied = 0;
    std::uint64_t last = 0;
    std::uint64_t durable = 0;
    std::uint64_t state_hash = 0;  // at `applied`
    std::uint64_t keys = 0;
    std::uint64_t bytes = 0;  // of keys and values
    std::uint64_t sessions = 0;
    std::uint64_t disk_bytes = 0;  // of the data directory's log, as RocksDB counts it
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t cpu_us = 0;  // user and system time of the process since its start
    std::uint64_t rss_peak_bytes = 0;
    std::uint64_t uptime_ms = 0;
    // Since start:
    std::uint64_t writes_applied = 0;
    std::uint64_t reads_served = 0;
    std::uint64_t bad_client_frames = 0;
    std::uint64_t bad_peer_frames = 0;
    std::uint64_t elections = 0;  // times this node became leader
    std::uint64_t disk_syncs = 0;
    std::uint64_t log_entries = 0;  // appended to the disk
    std::uint64_t loop_turns = 0;
    std::uint64_t client_frames_in = 0;
    std::uint64_t client_frames_out = 0;
    std::uint64_t peer_frames_in = 0;
    std::uint64_t peer_frames_out = 0;
    std::uint64_t bad_client_connections = 0;  // accepted, but they do not speak ZeroMQ, or not yet
    std::uint64_t bad_peer_connections = 0;
    std::uint64_t frames_dropped = 0;  // to clients and peers that were gone or did not keep up
    std::uint64_t wake_ups = 0;        // of all threads, from waiting
    // Not since start, but of the last second or more:
    std::uint64_t loop_busy_permille = 0;  // 1000: the loop thread is saturated
    // Now:
    std::uint64_t history_bytes = 0;  // of what is no longer live
    std::uint64_t compacted = 0;      // the lowest revision that can be read; 0: nothing is compacted
    std::uint64_t leases = 0;
    std::uint64_t watches = 0;         // requests that wait for a change
    std::uint64_t campaigns = 0;       // requests that wait in a line
    std::uint64_t log_start = 0;       // the log holds what comes after this index
    std::uint64_t snapshot_index = 0;  // the last entry in the snapshot on disk; 0: there is none
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t snapshots_installed = 0;  // received from others, since start
    std::uint64_t memory_bytes = 0;         // of the state, about
    std::uint64_t memory_limit_bytes = 0;   // 0: there is none
    std::vector<Alarm> alarms;
};

// `first_revision` belongs to compacted.
void append_error_reply(std::string& out, const ReplyHead& head, Code code, std::string_view message,
                        Revision first_revision = {});
// For outcomes with Code::ok; refusals are error replies. An outcome that is none of the head's type becomes
// one too: a client gave one sequence to two writes.
void append_write_reply(std::string& out, const ReplyHead& head, const machine::Outcome& outcome);
// For results with Code::ok.
void append_range_reply(std::string& out, const ReplyHead& head, const machine::RangeResult& result,
                        bool keys_only);
void append_lease_status_reply(std::string& out, const ReplyHead& head, const machine::LeaseStatus& status);
void append_leases_reply(std::string& out, const ReplyHead& head, std::span<const LeaseId> leases);
void append_status_reply(std::string& out, const ReplyHead& head, const NodeStatus& status);
void append_members_reply(std::string& out, const ReplyHead& head, const std::vector<Member>& members);

// Without a manifest: there is no snapshot yet.
void append_snapshot_reply(std::string& out, const ReplyHead& head, Index at_least,
                           std::string_view manifest);
struct ChunkReply;
void append_snapshot_chunk_reply(std::string& out, const ReplyHead& head, const ChunkReply& chunk);

// A reply to a watch, built event by event while the history is gone through.
class WatchReplyBuilder {
  public:
    void add(const machine::Event& event, const WatchRequest& request);
    [[nodiscard]] std::size_t events() const { return count_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
    void append_to(std::string& out, const ReplyHead& head, Revision next, std::uint64_t next_offset) const;

  private:
    std::string bytes_;  // of the events
    std::size_t count_ = 0;
};

// No less than an answer takes in a reply, and in a frame between nodes: the caller refuses what is over
// reply_bytes_max.
[[nodiscard]] std::size_t answer_bytes_max(const machine::Answer& answer);

struct LeaseStatusReply {
    LeaseId lease;
    std::chrono::milliseconds granted{};
    std::chrono::milliseconds left{};
    std::vector<std::string> keys;
};

struct SnapshotReply {
    Index at_least;
    std::string manifest;  // encoded; empty: it is not there yet
};

struct SnapshotChunkReply {
    bool found = false;  // false: the node does not keep that snapshot any more
    std::string bytes;
    std::uint64_t hash = 0;  // hash_of() the chunk
};

struct WatchedEvent {
    bool is_put = true;
    KeyValue kv;  // of a removal only key and mod_revision
    std::optional<KeyValue> previous;
};

// All that was asked for and came before (next, next_offset) has been told, here or in the replies before.
struct WatchReply {
    Revision next;
    std::uint64_t next_offset = 0;  // > 0: some changes of revision `next` were told, the others are to come
    std::vector<WatchedEvent> events;
};

struct Reply {
    ReplyHead head;
    std::variant<Error, machine::Outcome, machine::RangeAnswer, NodeStatus, std::vector<Member>,
                 LeaseStatusReply, std::vector<LeaseId>, WatchReply, SnapshotReply, SnapshotChunkReply>
        body;
};

class ReplyReader {
  public:
    explicit ReplyReader(std::string_view body) : rest_(body) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] Result<Reply> next();  // malformed: nothing more can be read

  private:
    std::string_view rest_;
};

}  // namespace kvbus::wire
