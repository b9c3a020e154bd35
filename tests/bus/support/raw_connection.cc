#include "bus/support/raw_connection.h"

#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "bus/support/await.h"

namespace kvbus::bus::test {
namespace {

constexpr std::size_t greeting_bytes = 64;

void set_deadlines(int fd) {
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    KV_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    KV_CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::string big_endian(std::uint64_t number, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(number >> shift));
    return out;
}

}  // namespace

std::string zmtp_greeting() {
    std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
    greeting.resize(greeting_bytes, '\0');
    return greeting;
}

std::string zmtp_ready(std::string_view socket_type, std::string_view identity) {
    const auto property = [](std::string_view name, std::string_view value) {
        return big_endian(name.size(), 1) + std::string(name) + big_endian(value.size(), 4) +
               std::string(value);
    };
    std::string body = "\5READY" + property("Socket-Type", socket_type);
    if (!identity.empty()) body += property("Identity", identity);
    return "\x04" + big_endian(body.size(), 1) + body;
}

std::string zmtp_frame(std::string_view bytes, bool more) {
    const char flags = static_cast<char>((more ? 1 : 0) | 2);  // 2: eight bytes of length
    return flags + big_endian(bytes.size(), 8) + std::string(bytes);
}

RawConnection::RawConnection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    KV_CHECK(fd_ >= 0);
    set_deadlines(fd_);
    const auto address = loopback(port);
    KV_CHECK(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

RawConnection::RawConnection(Accepted, int fd) : fd_(fd) {
    set_deadlines(fd_);
}

RawConnection::RawConnection(RawConnection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RawConnection::~RawConnection() {
    if (fd_ >= 0) close(fd_);
}

bool RawConnection::shake_hands(std::string_view socket_type, std::string_view identity) {
    if (!send(zmtp_greeting() + zmtp_ready(socket_type, identity))) return false;
    if (receive(greeting_bytes).size() < greeting_bytes) return false;
    const std::string header = receive(2);
    return header.size() == 2 && receive(static_cast<unsigned char>(header[1])).starts_with("\5READY");
}

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string RawConnection::receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        const auto more = recv(fd_, bytes.data() + got, size - got, 0);
        if (more <= 0) break;
        got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return bytes;
}

bool RawConnection::closed_by_peer() {
    char ignored[4096];
    ssize_t got = 0;
    while ((got = recv(fd_, ignored, sizeof ignored, 0)) > 0) {
    }
    return got == 0 || errno == ECONNRESET;
}

void RawConnection::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    KV_CHECK(setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    close(std::exchange(fd_, -1));
}

RawListener::RawListener(std::uint16_t port, int backlog)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    const auto address = loopback(port);
    KV_CHECK(fd_ >= 0);
    KV_CHECK(setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    KV_CHECK(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    KV_CHECK(listen(fd_, backlog) == 0);
    set_deadlines(fd_);
}

RawListener::~RawListener() {
    close(fd_);
}

RawConnection RawListener::accept() {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    KV_CHECK(fd >= 0, "nobody connected in time");
    return {RawConnection::Accepted{}, fd};
}

RawConnection RawListener::accept_push() {
    const std::size_t ready_bytes = zmtp_ready("PUSH").size();
    while (true) {
        RawConnection connection = accept();
        connection.send(zmtp_greeting());
        if (connection.receive(greeting_bytes).size() < greeting_bytes) continue;
        connection.send(zmtp_ready("PULL"));
        if (connection.receive(ready_bytes).size() == ready_bytes) return connection;
    }
}

}  // namespace kvbus::bus::test
