#include "bus/support/reserved_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::bus::test {

ReservedPort::ReservedPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    KV_CHECK(fd_ >= 0);
    KV_CHECK(setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    KV_CHECK(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    KV_CHECK(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    number_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() {
    close(fd_);
}

}  // namespace kvbus::bus::test
