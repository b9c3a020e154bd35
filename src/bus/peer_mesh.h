// Carries frames between nodes: one socket that receives from all peers, and one per peer and lane that only
// sends. What a peer answers comes in through our receiving socket, so nothing is ever routed by an identity.
// Loop thread.
//
// Lanes are connections of their own: however long a large frame takes, none of the other lane waits behind
// it.
//
// The sockets are PUSH and PULL: they have no routing ids, by which anybody who reaches the port can abort
// the process (see client_endpoint.cc), and carry one part per frame.
//
// Always: a send never blocks. A frame for a peer that is not connected, or does not keep up, is dropped and
// counted: the bus is lossy by contract, and Raft sends again what matters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kvbus/types.h>

#include "bus/handler.h"
#include "bus/inbox.h"
#include "bus/monitor.h"
#include "bus/peer_watch.h"
#include "bus/socket.h"
#include "bus/url.h"
#include "node/ports.h"

namespace kvbus::bus {

class PeerMesh final : public node::Transport {
  public:
    // Listens at `url`. Errors: invalid_argument, in_use, io.
    [[nodiscard]] static Result<std::unique_ptr<PeerMesh>> open(Context& context, const std::string& url,
                                                                int io_thread);

    // Connects to a peer, now and whenever the connection breaks. Errors: invalid_argument, io.
    [[nodiscard]] Result<void> connect(const Member& peer, Instant now);

    void send(NodeId to, std::string frame, node::Lane lane) override;  // to a connected peer

    [[nodiscard]] int fd() const { return inbound_->fd(); }
    [[nodiscard]] bool waiting() { return inbox_.waiting(); }
    void drain(Instant now, Handler& handler);

    [[nodiscard]] PeerWatch& watch() { return watch_; }
    [[nodiscard]] const PeerWatch& watch() const { return watch_; }
    [[nodiscard]] ConnectionCounter& connections() { return connections_; }
    [[nodiscard]] const ConnectionCounter& connections() const { return connections_; }
    [[nodiscard]] std::uint64_t frames_in() const { return frames_in_; }
    [[nodiscard]] std::uint64_t frames_out() const { return frames_out_; }
    [[nodiscard]] std::uint64_t frames_dropped() const { return frames_dropped_; }

  private:
    struct Link {
        NodeId peer;
        node::Lane lane;
        std::unique_ptr<Socket> socket;
    };
    // Without an address the link's end is nobody's death.
    [[nodiscard]] Result<void> open_link(const Member& peer, node::Lane lane, const TcpUrl& url,
                                         std::optional<SocketAddress> address, Instant now);

    PeerMesh(Context& context, std::unique_ptr<Socket> inbound, Monitor monitor, int io_thread);

    Context& context_;
    int io_thread_;
    std::unique_ptr<Socket> inbound_;
    ConnectionCounter connections_;
    Inbox inbox_;
    bool skipping_ = false;  // the rest of a message that has more than one part
    std::vector<Link> links_;
    PeerWatch watch_;  // after the links that it watches
    std::uint64_t frames_in_ = 0;
    std::uint64_t frames_out_ = 0;
    std::uint64_t frames_dropped_ = 0;
};

}  // namespace kvbus::bus
