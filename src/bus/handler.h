// What the loop hands its events to: the node in the daemon, a recorder in tests. All calls come from the
// loop thread.
#pragma once

#include <string_view>

#include "base/time.h"
#include "node/ports.h"

namespace kvbus::bus {

class Handler {
  public:
    virtual ~Handler() = default;

    // The bytes are valid during the call, and may be anything.
    virtual void client_frame(Instant now, const node::Route& route, std::string_view body) = 0;
    virtual void peer_frame(Instant now, std::string_view frame) = 0;
    // A message that did not even have the shape of a frame; it was dropped.
    virtual void bad_client_frame() = 0;
    virtual void bad_peer_frame() = 0;

    // The process of a peer that was connected is gone: its port refuses connections. Once for each time it
    // goes.
    virtual void peer_lost(Instant now, NodeId peer) = 0;

    // Once after each round of events, and at deadline() at the latest.
    virtual void turn(Instant now) = 0;
    [[nodiscard]] virtual Instant deadline() const = 0;
};

}  // namespace kvbus::bus
