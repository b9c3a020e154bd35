// What a node remembers of the requests that it has not answered yet.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "machine/command.h"
#include "node/ports.h"
#include "wire/client_frames.h"

namespace kvbus::node {

// Who waits for the answer: a client of this node, or a node that forwarded the request.
struct Asker {
    Route route;           // of the client
    NodeId forwarded_by;   // none: a client of this node
    std::uint64_t id = 0;  // the client's request id, or the forwarding node's own
    wire::RequestType type = wire::RequestType::put;
};

struct PendingWrite {
    Asker asker;
    Instant deadline;
    std::uint32_t bytes = 0;
    bool answered = false;        // its deadline passed; the command itself may still be applied
    bool may_be_applied = false;  // a copy of the command was sent to another leader
};

}  // namespace kvbus::node
