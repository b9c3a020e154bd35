// Notices that a peer's process died, within milliseconds, by two things together: the connection to it
// ended, and its port refuses a new one. Either alone says little: connections break, and a dying process may
// still take the first connection or two after its old ones are gone. Safety does not rest on it. Loop
// thread.
//
// Also brings back the connections that libzmq gives up for good, as it does when something at a peer's
// address has once spoken another protocol.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <poll.h>

#include <kvbus/types.h>

#include "base/time.h"
#include "bus/connect_probe.h"
#include "bus/handler.h"
#include "bus/monitor.h"
#include "bus/socket.h"
#include "node/ports.h"

namespace kvbus::bus {

class PeerWatch {
  public:
    // `link` is about to connect to `url`, which `address` stands for; without an address the end of its
    // connection tells nothing, and the peer's death is left to other links or to Raft's timeouts. Error: io.
    [[nodiscard]] Result<void> add(Context& context, NodeId peer, node::Lane lane, Socket& link,
                                   std::string url, std::optional<SocketAddress> address, Instant now);

    // What to wait for: some descriptors, until a deadline.
    void poll_for(std::vector<pollfd>& fds) const;
    [[nodiscard]] Instant deadline() const;

    // Once per turn, with what poll() said about the descriptors.
    void turn(Instant now, std::span<const pollfd> polled, Handler& handler);

    [[nodiscard]] std::size_t connected() const;  // peers, by their control links

  private:
    enum class State : std::uint8_t {
        down,     // not connected yet, or reported as lost
        up,       // connected
        suspect,  // the connection ended; probing
    };
    struct Link {
        NodeId peer;
        node::Lane lane;
        Socket& socket;
        std::string url;
        std::optional<SocketAddress> address;
        Monitor monitor;
        State state = State::down;
        ConnectProbe probe;
        Instant suspect_since;
        Instant next_probe;  // while one is pending: when it counts as failed
        Instant next_renewal;
    };

    static void read_events(Link& link, Instant now);
    static void probe(Link& link, Instant now, Handler& handler);
    static void renew(Link& link, Instant now);
    [[nodiscard]] static Instant deadline_of(const Link& link);

    std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace kvbus::bus
