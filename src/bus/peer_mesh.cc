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

SocketRole outbound_role(int io_thread) {
    return {
        .frame_bytes_max = 1 << 10,  // nobody sends anything back
        .received_max = 1,
        .sent_max = 64,  // frames, not bytes: what limits a healthy peer is Raft's window
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
    auto socket = Socket::open(context_, ZMQ_PUSH);
    if (!socket) return socket.error();
    set_connecting(**socket, *url, outbound_role(io_thread_));

    const auto address = resolve(*url);
    if (!address)
        log_warn(
            fmt::format("the host of {} is unknown: if node '{}' dies, only the election timeout will tell",
                        peer.peer_url, peer.name));
    if (auto added = watch_.add(context_, peer.id, **socket, peer.peer_url, address, now); !added)
        return added;
    links_.push_back({peer.id, std::move(*socket)});
    return links_.back().socket->connect(peer.peer_url);
}

void PeerMesh::send(NodeId to, std::string frame) {
    const auto link = std::ranges::find(links_, to, &Link::peer);
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
