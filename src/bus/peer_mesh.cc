#include "bus/peer_mesh.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <zmq.h>

#include "base/check.h"
#include "base/log.h"
#include "bus/socket_options.h"
#include "wire/limits.h"

namespace kvbus::bus {
namespace {

SocketRole inbound_role(int io_thread) {
    return {
        .frame_bytes_max = wire::limits::peer_frame_bytes_max,
        .received_max = 256,
        .io_thread = io_thread,
    };
}

// Frames, not bytes. What limits a healthy peer is Raft's window, and on the bulk lane what it asked for:
// some chunks, which are large.
int sent_max(node::Lane lane) {
    return lane == node::Lane::bulk ? 4 : 64;
}

SocketRole outbound_role(node::Lane lane, int io_thread) {
    return {
        .frame_bytes_max = 1 << 10,  // nobody sends anything back
        .received_max = 1,
        .sent_max = sent_max(lane),
        .io_thread = io_thread,
    };
}

}  // namespace

Result<std::unique_ptr<PeerMesh>> PeerMesh::open(Context& context, const std::string& url, int io_thread) {
    const auto parsed = parse_tcp_url(url);
    if (!parsed) return parsed.error();
    auto socket = Socket::open(context, ZMQ_PULL);
    if (!socket) return socket.error();
    set_listening(**socket, *parsed, inbound_role(io_thread));
    auto monitor = Monitor::open(context, **socket, "peers");
    if (!monitor) return monitor.error();
    if (const auto bound = (*socket)->bind(url); !bound) return bound.error();
    return std::unique_ptr<PeerMesh>(
        new PeerMesh(context, std::move(*socket), std::move(*monitor), io_thread));
}

PeerMesh::PeerMesh(Context& context, std::unique_ptr<Socket> inbound, Monitor monitor, int io_thread)
    : context_(context),
      io_thread_(io_thread),
      inbound_(std::move(inbound)),
      connections_(std::move(monitor)),
      inbox_(*inbound_) {}

Result<void> PeerMesh::connect(const Member& peer, Instant now) {
    const auto url = parse_tcp_url(peer.peer_url);
    if (!url) return url.error();
    if (url->host == "*")
        return Error{
            Code::invalid_argument,
            fmt::format("cannot connect to {}: name an address of the node '{}'", peer.peer_url, peer.name)};
    const auto address = resolve(*url);
    if (!address)
        log_warn(
            fmt::format("the host of {} is unknown: if node '{}' dies, only the election timeout will tell",
                        peer.peer_url, peer.name));
    if (auto opened = open_link(peer, node::Lane::control, *url, address, now); !opened) return opened;
    return open_link(peer, node::Lane::bulk, *url, std::nullopt, now);
}

Result<void> PeerMesh::open_link(const Member& peer, node::Lane lane, const TcpUrl& url,
                                 std::optional<SocketAddress> address, Instant now) {
    auto socket = Socket::open(context_, ZMQ_PUSH);
    if (!socket) return socket.error();
    set_connecting(**socket, url, outbound_role(lane, io_thread_));
    if (auto added = watch_.add(context_, peer.id, lane, **socket, peer.peer_url, address, now); !added)
        return added;
    links_.push_back({peer.id, lane, std::move(*socket)});
    return links_.back().socket->connect(peer.peer_url);
}

void PeerMesh::send(NodeId to, std::string frame, node::Lane lane) {
    const auto link =
        std::ranges::find_if(links_, [&](const Link& each) { return each.peer == to && each.lane == lane; });
    KV_CHECK(link != links_.end(), fmt::format("sending to node {}, which is not a peer", to.value));
    const bool sent = link->socket->send(std::move(frame)) == SendStatus::sent;
    ++(sent ? frames_out_ : frames_dropped_);
}

void PeerMesh::drain(Instant now, Handler& handler) {
    inbox_.drain([&](const Frame& part) {
        const bool whole = !skipping_ && !part.more();
        if (whole) {
            ++frames_in_;
            handler.peer_frame(now, part.view());
        } else if (!part.more()) {
            handler.bad_peer_frame();
        }
        skipping_ = part.more();
    });
}

}  // namespace kvbus::bus
