#include "system/harness/ports.h"

#include <cstddef>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/random.h"
#include "system/harness/wait.h"

namespace kvbus::harness {
namespace {

constexpr std::uint16_t lowest = 10'000;
constexpr std::uint16_t highest = 32'000;  // the kernel's own range begins at 32768

// A name in the abstract namespace belongs to one process at a time and goes with it. -1: somebody has it.
int reserve(std::uint16_t port) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail_with_errno("open a socket");
    const auto name = "kvbus-test-port-" + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
    close(fd);
    return -1;
}

bool is_free(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail_with_errno("open a socket");
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return free;
}

}  // namespace

Port::Port() {
    auto port = std::move(reserve_ports({0}).front());
    number_ = port.number_;
    reservation_ = std::exchange(port.reservation_, -1);
}

Port::~Port() {
    if (reservation_ >= 0) close(reservation_);
}

Port::Port(Port&& other) noexcept
    : number_(other.number_), reservation_(std::exchange(other.reservation_, -1)) {}

std::vector<Port> reserve_ports(const std::vector<std::uint16_t>& distances) {
    Random random(random_seed());
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto first = random.between(lowest, highest - distances.back());
        std::vector<Port> ports;
        for (const auto distance : distances) {
            const auto number = static_cast<std::uint16_t>(first + distance);
            const int reservation = reserve(number);
            if (reservation < 0) break;
            ports.push_back(Port(number, reservation));
            if (!is_free(number)) break;
            if (ports.size() == distances.size()) return ports;
        }
    }
    throw Failure("no free ports between 10000 and 32000");
}

}  // namespace kvbus::harness
