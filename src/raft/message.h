// What nodes say to each other. The names and fields follow Figure 2 of the Raft paper where it has them.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "raft/types.h"

namespace kvbus::raft {

// RequestVote, and PreVote (thesis 9.6) when `pre`: then the message's term is the one the sender would
// campaign in.
struct VoteRequest {
    bool pre = false;
    EntryId last;
    friend bool operator==(const VoteRequest&, const VoteRequest&) = default;
};

// A granted PreVote echoes the request's term; a denial carries the voter's own.
struct VoteReply {
    bool pre = false;
    bool granted = false;
    friend bool operator==(const VoteReply&, const VoteReply&) = default;
};

// AppendEntries.
struct Append {
    EntryId previous;
    Index commit;
    std::vector<Entry> entries;
    friend bool operator==(const Append&, const Append&) = default;
};

struct AppendReply {
    bool accepted = false;
    Index match;   // accepted: everything up to it equals the leader's log and is durable. Rejected: the
                   // `previous` refused
    EntryId hint;  // rejected: the last entry of the follower's that could match, so that the leader can jump
                   // back
    friend bool operator==(const AppendReply&, const AppendReply&) = default;
};

// An Append without entries, kept apart because it also carries the ReadIndex round (thesis 6.4) and must
// never wait behind a write. `round` only grows within a term.
struct Heartbeat {
    Index commit;  // already cut to what the follower is known to have
    std::uint64_t round = 0;
    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct HeartbeatReply {
    std::uint64_t round = 0;
    Index last;  // the follower's last entry, durable or not: shows the leader that an Append was lost
    friend bool operator==(const HeartbeatReply&, const HeartbeatReply&) = default;
};

// A follower's read: asks the leader for an index that is safe to read at.
struct ReadRequest {
    ReadId id;
    friend bool operator==(const ReadRequest&, const ReadRequest&) = default;
};

struct ReadReply {
    ReadId id;
    Index index;
    friend bool operator==(const ReadReply&, const ReadReply&) = default;
};

// InstallSnapshot (7), but for the bytes: those are asked for from the snapshot's holder, which is the
// sender: it has the bytes of what it installed, too, and whoever took that may be gone. Said again with each
// heartbeat until an AppendReply says that the follower has got as far.
struct InstallSnapshot {
    SnapshotMeta snapshot;
    friend bool operator==(const InstallSnapshot&, const InstallSnapshot&) = default;
};

struct Message {
    Term term;  // the sender's, but for PreVote (above)
    std::variant<VoteRequest, VoteReply, Append, AppendReply, Heartbeat, HeartbeatReply, ReadRequest,
                 ReadReply, InstallSnapshot>
        body;
    friend bool operator==(const Message&, const Message&) = default;
};

struct Envelope {
    NodeId to;
    Message message;
};

}  // namespace kvbus::raft
