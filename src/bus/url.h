// tcp://HOST:PORT, the only addresses that the bus knows. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include <kvbus/error.h>

namespace kvbus::bus {

struct TcpUrl {
    std::string
        host;  // a name, an IPv4 address, an IPv6 address without its brackets, or "*" for all interfaces
    std::uint16_t port = 0;
    bool ipv6 = false;  // written as [HOST]; names stand for IPv4 addresses only
};

// Error: invalid_argument.
[[nodiscard]] Result<TcpUrl> parse_tcp_url(std::string_view url);

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

// The first address of the host; none when the name is unknown. Asks DNS, and waits for it, unless the host
// is an address already.
[[nodiscard]] std::optional<SocketAddress> resolve(const TcpUrl& url);

}  // namespace kvbus::bus
