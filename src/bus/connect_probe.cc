#include "bus/connect_probe.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::bus {

ConnectProbe::Outcome ConnectProbe::start(const SocketAddress& address) {
    KV_CHECK(!pending());
    fd_ = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Outcome::failed;
    const int result = connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.length);
    if (result != 0 && errno == EINPROGRESS) return Outcome::pending;
    return conclude(result == 0 ? 0 : errno);
}

ConnectProbe::Outcome ConnectProbe::check() {
    KV_CHECK(pending());
    pollfd ready{fd_, POLLOUT, 0};
    if (poll(&ready, 1, 0) <= 0) return Outcome::pending;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return conclude(error);
}

ConnectProbe::Outcome ConnectProbe::conclude(int error) {
    cancel();
    if (error == 0) return Outcome::accepted;
    return error == ECONNREFUSED ? Outcome::refused : Outcome::failed;
}

void ConnectProbe::cancel() {
    if (pending()) close(std::exchange(fd_, -1));
}

}  // namespace kvbus::bus
