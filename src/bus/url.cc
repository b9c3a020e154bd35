#include "bus/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

#include <fmt/format.h>
#include <netdb.h>

#include "wire/limits.h"

namespace kvbus::bus {
namespace {

constexpr std::string_view scheme = "tcp://";

bool is_name(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == '_';
    });
}

bool is_ipv6(std::string_view host) {
    return host.find(':') != host.npos && std::ranges::all_of(host, [](unsigned char c) {
               return std::isalnum(c) || c == ':' || c == '.' || c == '%';  // the zone is a name
           });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

std::optional<TcpUrl> parse(std::string_view url) {
    if (url.size() > wire::limits::url_bytes_max || !url.starts_with(scheme)) return std::nullopt;
    const auto authority = url.substr(scheme.size());
    const auto colon = authority.rfind(':');
    if (colon == authority.npos) return std::nullopt;
    const auto port = parse_port(authority.substr(colon + 1));
    if (!port) return std::nullopt;

    auto host = authority.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (bracketed ? !is_ipv6(host) : host != "*" && !is_name(host)) return std::nullopt;
    return TcpUrl{std::string(host), *port, bracketed};
}

}  // namespace

Result<TcpUrl> parse_tcp_url(std::string_view url) {
    if (auto parsed = parse(url)) return *parsed;
    return Error{
        Code::invalid_argument,
        fmt::format("'{}' is not an address of the form tcp://HOST:PORT, e.g. tcp://127.0.0.1:4370, with a "
                    "port from 1 to 65535; an IPv6 host stands in brackets",
                    url.substr(0, wire::limits::url_bytes_max))};
}

std::optional<SocketAddress> resolve(const TcpUrl& url) {
    addrinfo hints{};
    hints.ai_family = url.ipv6 ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found) != 0)
        return std::nullopt;

    SocketAddress address;
    address.length = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return address;
}

}  // namespace kvbus::bus
