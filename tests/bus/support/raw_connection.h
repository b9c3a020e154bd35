// A bare TCP connection that can say anything, and the few words of ZMTP 3.0 that tests need to say by hand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvbus::bus::test {

[[nodiscard]] std::string zmtp_greeting();  // NULL mechanism
// The one command of its handshake.
[[nodiscard]] std::string zmtp_ready(std::string_view socket_type, std::string_view identity = {});
[[nodiscard]] std::string zmtp_frame(std::string_view bytes, bool more);  // of a message

class RawConnection {
  public:
    explicit RawConnection(std::uint16_t port);  // connects to loopback
    ~RawConnection();
    RawConnection(RawConnection&& other) noexcept;
    RawConnection& operator=(RawConnection&&) = delete;

    // To a listening socket, as a connecting one of this type. Until it is done libzmq takes no messages.
    [[nodiscard]] bool shake_hands(std::string_view socket_type, std::string_view identity = {});
    bool send(std::string_view bytes);                    // false when the other side has closed
    [[nodiscard]] std::string receive(std::size_t size);  // less at the end of the stream
    [[nodiscard]] bool closed_by_peer();                  // waits for it, and reads what comes before
    void reset();                                         // closes with a RST

  private:
    friend class RawListener;
    struct Accepted {};
    RawConnection(Accepted, int fd);
    int fd_;
};

class RawListener {
  public:
    explicit RawListener(std::uint16_t port, int backlog = 4096);
    ~RawListener();
    RawListener(const RawListener&) = delete;
    RawListener& operator=(const RawListener&) = delete;

    [[nodiscard]] RawConnection accept();
    // The next connection that shakes hands as a PUSH does with a PULL; connections that just close are
    // passed over.
    [[nodiscard]] RawConnection accept_push();
    // Both connections of a peer, one for each lane, in no particular order.
    [[nodiscard]] std::array<RawConnection, 2> accept_peer() { return {accept_push(), accept_push()}; }

  private:
    int fd_;
};

}  // namespace kvbus::bus::test
