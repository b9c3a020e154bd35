// What one node sends another: a header, then a Raft message or one of the node's own. One ZeroMQ frame each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/ids.h"
#include "machine/command.h"
#include "raft/message.h"
#include "wire/snapshot.h"

namespace kvbus::wire {

struct PeerHeader {
    ClusterId cluster;
    GroupId group;  // 0 today
    NodeId from;
    NodeId to;
};

// Who I am; sent when a node starts, and again from time to time.
struct Greeting {
    std::string name;
    std::string client_url;
    std::string version;
    bool reply_wanted = false;
};

// Writes that arrived at a node that does not lead. The id is the sender's own and comes back in the answer.
struct ForwardedCommand {
    std::uint64_t id = 0;
    std::uint32_t timeout_ms = 0;  // what is left of it
    machine::Command command;      // views into the frame
};
struct Forward {
    std::vector<ForwardedCommand> commands;
};

struct ForwardedOutcome {
    std::uint64_t id = 0;
    machine::Outcome outcome;
    std::string message;  // when outcome.code is not ok
};
struct ForwardReply {
    std::vector<ForwardedOutcome> outcomes;
};

// Snapshots are pulled by who needs them, chunk by chunk, from the node that took them.
struct ChunkRequest {
    ChunkName chunk;
};
struct ChunkReply {
    ChunkName chunk;
    bool found = false;           // false: the holder does not keep that snapshot any more
    std::string_view manifest{};  // of the snapshot, encoded
    std::string_view bytes{};     // these two are views into the frame
    std::uint64_t hash = 0;       // hash_of() the chunk
};

// By the leader: what is your state at this index? And, once it knows, what that of most nodes is. All hashes
// are of one form, machine::Machine::replica_hash_form.
struct StateCheck {
    Index index;
    std::uint64_t form = 0;
    std::optional<std::uint64_t> agreed{};
    friend bool operator==(const StateCheck&, const StateCheck&) = default;
};
struct StateReport {
    Index index;
    std::uint64_t form = 0;
    std::uint64_t hash = 0;
    bool is_corrupt = false;  // the sender knows that its state differs, or differed, and serves nothing
    friend bool operator==(const StateReport&, const StateReport&) = default;
};

using PeerBody = std::variant<raft::Message, Greeting, Forward, ForwardReply, ChunkRequest, ChunkReply,
                              StateCheck, StateReport>;

struct PeerFrame {
    PeerHeader header;
    PeerBody body;
};

[[nodiscard]] std::string encode_peer_frame(const PeerHeader& header, const PeerBody& body);

// Entries are copied into Blobs of their own; the commands of a Forward are views into `bytes`.
[[nodiscard]] Result<PeerFrame> decode_peer_frame(std::string_view bytes);

}  // namespace kvbus::wire
