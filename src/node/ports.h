// What a node needs from the outside: three interfaces with two implementations each, the real one and the
// simulated one. All calls come from the loop thread; none blocks; results come back through node/node.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <kvbus/types.h>

#include "base/blob.h"
#include "machine/machine.h"
#include "raft/core.h"
#include "wire/snapshot.h"

namespace kvbus::node {

// Where an answer to a client goes: made by the client endpoint, opaque to the node.
struct Route {
    Blob address;
    bool single = false;  // one reply per frame (a REQ socket); otherwise replies may share a frame
};

// Bulk goes beside everything else, so that it delays no heartbeat.
enum class Lane : std::uint8_t { control, bulk };

// Sends to other nodes. Lossy by contract: a frame may be lost, delayed, repeated or overtaken. But it is not
// delayed by minutes: a session that was idle for machine::Limits::session_idle_max is forgotten, and with it
// what was applied.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual void send(NodeId to, std::string frame, Lane lane) = 0;
};

// Stores the log and snapshots. Everything is carried out in the order of submission; writes are reported to
// Node::persisted() as they become durable. A write that fails ends the process: what is on disk is no longer
// known.
//
// A snapshot is a number of chunks. At most one counts: the last one that was published, or that a write
// installed; the chunks of the one before go then. A restart keeps only the one that counts.
class Disk {
  public:
    virtual ~Disk() = default;
    virtual void submit(raft::Write write) = 0;    // then_send is empty: promises stay with the node
    virtual void fetch(raft::LogFetch fetch) = 0;  // reported to Node::fetched()

    // Of a snapshot that does not count yet. Durable at the latest when it is published or loaded.
    virtual void store(wire::SnapshotChunk chunk) = 0;
    // It counts, and the log up to `drop_through`, which it covers, is gone: at once or not at all. Reported
    // to Node::published().
    virtual void publish(wire::SnapshotManifest manifest, Index drop_through) = 0;
    // Makes received chunks durable, checks them all and builds the machine: for Node::loaded(). A write may
    // then install the snapshot.
    virtual void load(wire::SnapshotManifest manifest) = 0;
    virtual void discard(std::uint64_t snapshot) = 0;  // the chunks of one that does not count
    virtual void read(wire::ChunkName chunk) = 0;      // of the one that counts; for Node::chunk_read()

    // That this node's state was found to differ from the others', and how; or no longer. What the process
    // starts with next time: Boot::corrupt.
    virtual void mark_corrupt(std::optional<std::string> why) = 0;

    // Ends a machine that an installed one replaced, beside the loop: a large one takes long.
    virtual void dispose(machine::Machine machine) = 0;

    struct Usage {
        std::uint64_t bytes = 0;                // taken by the log and snapshots
        std::uint64_t free_bytes = 0;           // left on its filesystem
        std::uint64_t syncs = 0;                // since start
        std::uint64_t chunk_bytes_waiting = 0;  // exact: handed to store() and not stored yet
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
