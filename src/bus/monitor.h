// What happens to the connections of one socket, as libzmq's I/O threads report it. Loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bus/socket.h"

namespace kvbus::bus {

enum class ConnectionEvent : std::uint8_t {
    accepted,     // somebody connected, and has yet to say what it speaks
    established,  // both sides speak ZMTP and may exchange messages
    ended,        // whether it was established or not
};

class Monitor {
  public:
    // `watched` must outlive the monitor; `name` is unique in the context. Error: io.
    [[nodiscard]] static Result<Monitor> open(Context& context, Socket& watched, const std::string& name);
    Monitor(Monitor&& other) noexcept = default;
    Monitor& operator=(Monitor&&) = delete;
    ~Monitor();

    [[nodiscard]] int fd() const { return events_->fd(); }  // wait on it only after next() returned nothing
    [[nodiscard]] std::optional<ConnectionEvent> next();

  private:
    Monitor(Socket& watched, std::unique_ptr<Socket> events)
        : watched_(&watched), events_(std::move(events)) {}

    Socket* watched_;
    std::unique_ptr<Socket> events_;
};

// Counts the connections that were accepted on a listening socket. Those that never got established sent
// something that is not ZMTP 3, or nothing.
class ConnectionCounter {
  public:
    explicit ConnectionCounter(Monitor monitor) : monitor_(std::move(monitor)) {}

    [[nodiscard]] int fd() const { return monitor_.fd(); }
    void update();
    [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
    [[nodiscard]] std::uint64_t established() const { return established_; }

  private:
    Monitor monitor_;
    std::uint64_t accepted_ = 0;
    std::uint64_t established_ = 0;
};

}  // namespace kvbus::bus
