// A connection to one endpoint: a DEALER, which libzmq connects again for as long as this lives, and a
// monitor that tells when it is up and when it is lost. Owned by the loop thread; nothing here blocks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::client {

struct SocketCloser {
    void operator()(void* socket) const;
};
using Socket = std::unique_ptr<void, SocketCloser>;

struct ContextCloser {
    void operator()(
        void* context) const;  // waits until libzmq's threads have ended; all sockets are closed before
};
using Context = std::unique_ptr<void, ContextCloser>;

[[nodiscard]] Result<Context> make_context();

struct LinkEvent {
    bool up = false;
    std::string reason;  // when down, for a person
};

// A received frame; the bytes live as long as it.
class ReceivedFrame {
  public:
    ReceivedFrame();
    ~ReceivedFrame();
    ReceivedFrame(const ReceivedFrame&) = delete;
    ReceivedFrame& operator=(const ReceivedFrame&) = delete;

    [[nodiscard]] std::string_view bytes() const;

  private:
    friend class Connection;
    alignas(8) unsigned char message_[64];  // a zmq_msg_t
};

class Connection {
  public:
    [[nodiscard]] static Result<Connection> open(void* context, const std::string& url);
    Connection(Connection&&) = default;
    Connection& operator=(Connection&&) = delete;

    [[nodiscard]] int fd() const { return fd_; }  // edge-triggered: after it, receive until there is nothing
    [[nodiscard]] int monitor_fd() const { return monitor_fd_; }  // the same, with next_event()

    [[nodiscard]] bool receive(ReceivedFrame& frame);  // false: nothing there
    [[nodiscard]] bool readable() const;
    [[nodiscard]] bool writable() const;
    void send(std::string_view frame);  // what cannot be sent is lost, and the loss shows as an event

    [[nodiscard]] std::optional<LinkEvent> next_event();

  private:
    Connection(Socket socket, Socket monitor);
    [[nodiscard]] std::optional<LinkEvent> interpret(unsigned event);

    Socket monitor_;
    Socket socket_;  // closed first: it must not be left with events that nobody takes
    int fd_;
    int monitor_fd_;
    bool up_ = false;
    bool attempted_ = false;  // a TCP connection was attempted since the last failure
    bool handshake_failed_ = false;
};

}  // namespace kvbus::client
