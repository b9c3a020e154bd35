#include "bus/socket_options.h"

#include <zmq.h>

namespace kvbus::bus {
namespace {

void set_common(Socket& socket, const TcpUrl& url, const SocketRole& role) {
    socket.set(ZMQ_IPV6,
               url.ipv6 ? 1 : 0);  // not for names: "localhost" would become ::1, where nobody listens
    socket.set_wide(ZMQ_AFFINITY, std::int64_t{1} << role.io_thread);
    socket.set_wide(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(role.frame_bytes_max));
    socket.set(ZMQ_RCVHWM, role.received_max);
    socket.set(ZMQ_SNDHWM, role.sent_max);
    socket.set(ZMQ_LINGER, role.linger_ms);
    socket.set(ZMQ_HANDSHAKE_IVL, 3000);
    // ZMTP's own heartbeats can abort libzmq 4.3 when a receive queue is full; TCP notices dead hosts well
    // enough.
    socket.set(ZMQ_HEARTBEAT_IVL, 0);
    socket.set(ZMQ_TCP_MAXRT, 5000);
    socket.set(ZMQ_TCP_KEEPALIVE, 1);
    socket.set(ZMQ_TCP_KEEPALIVE_IDLE, 15);
    socket.set(ZMQ_TCP_KEEPALIVE_INTVL, 5);
    socket.set(ZMQ_TCP_KEEPALIVE_CNT, 3);
}

}  // namespace

void set_listening(Socket& socket, const TcpUrl& url, const SocketRole& role) {
    set_common(socket, url, role);
    socket.set(ZMQ_BACKLOG, 4096);
    // With a domain, and nobody in this process to ask about it, libzmq accepts ZMTP 3 only. Older versions
    // have so little of a greeting that random bytes pass for messages.
    socket.set_text(ZMQ_ZAP_DOMAIN, "kvbus");
}

void set_connecting(Socket& socket, const TcpUrl& url, const SocketRole& role) {
    set_common(socket, url, role);
    socket.set(ZMQ_IMMEDIATE, 1);  // while disconnected a send fails, rather than storing what will be stale
    socket.set(ZMQ_CONNECT_TIMEOUT, 1000);
    socket.set(ZMQ_RECONNECT_IVL, 20);
    socket.set(ZMQ_RECONNECT_IVL_MAX, 1000);
}

}  // namespace kvbus::bus
