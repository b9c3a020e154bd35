// How the bus's sockets are set: what all have in common, and what the two ends of a connection differ in.
// Call before bind() or connect().
#pragma once

#include <cstddef>

#include "bus/socket.h"
#include "bus/url.h"

namespace kvbus::bus {

struct SocketRole {
    std::size_t frame_bytes_max = 0;  // a larger frame from outside ends its connection
    int received_max = 0;             // messages that wait in memory, per connection
    int sent_max = 0;
    int linger_ms = 0;
    int io_thread = 0;  // which of the context's I/O threads does the work, from 0
};

void set_listening(Socket& socket, const TcpUrl& url, const SocketRole& role);
void set_connecting(Socket& socket, const TcpUrl& url, const SocketRole& role);

}  // namespace kvbus::bus
