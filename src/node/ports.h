// What a node needs from the outside: three interfaces with two implementations each, the real one and the
// simulated one. All calls come from the loop thread; none blocks; results come back through node/node.h.
#pragma once

#include <cstdint>
#include <string>

#include <kvbus/types.h>

#include "base/blob.h"
#include "raft/core.h"

namespace kvbus::node {

// Where an answer to a client goes: made by the client endpoint, opaque to the node.
struct Route {
    Blob address;
    bool single = false;  // one reply per frame (a REQ socket); otherwise replies may share a frame
};

// Sends to other nodes. Lossy by contract: a frame may be lost, delayed, repeated or overtaken. But it is not
// delayed by minutes: a session that was idle for machine::Limits::session_idle_max is forgotten, and with it
// what was applied.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual void send(NodeId to, std::string frame) = 0;
};

// Stores the log. Writes become durable in the order of submission and are reported to Node::persisted().
// A write that fails ends the process: what is on disk is no longer known.
class Disk {
  public:
    virtual ~Disk() = default;
    virtual void submit(raft::Write write) = 0;    // then_send is empty: promises stay with the node
    virtual void fetch(raft::LogFetch fetch) = 0;  // reported to Node::fetched()

    struct Usage {
        std::uint64_t bytes = 0;       // taken by the log
        std::uint64_t free_bytes = 0;  // left on its filesystem
        std::uint64_t syncs = 0;       // since start
    };
    [[nodiscard]] virtual Usage usage() const = 0;  // a recent figure, without I/O
};

// Answers clients.
class Replies {
  public:
    virtual ~Replies() = default;
    virtual void send(const Route& route, std::string body) = 0;
};

}  // namespace kvbus::node
