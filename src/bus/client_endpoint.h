// The socket that clients talk to: one ROUTER for strict REQ, relaxed REQ and DEALER sockets alike. Loop
// thread.
//
// Not bounded here: libzmq shows a message only once its last part has come, and keeps the parts until then.
// A client that never ends a message makes the process grow; what stops it is the process's own memory limit.
//
// Always: a send never blocks. An answer whose client is gone, or does not read, is dropped and counted: the
// client asks again or gives up, as after any lost message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bus/envelope.h"
#include "bus/handler.h"
#include "bus/inbox.h"
#include "bus/monitor.h"
#include "bus/socket.h"
#include "node/ports.h"

namespace kvbus::bus {

class ClientEndpoint final : public node::Replies {
  public:
    // Listens at `url`. Errors: invalid_argument, in_use, io.
    [[nodiscard]] static Result<std::unique_ptr<ClientEndpoint>> open(Context& context,
                                                                      const std::string& url, int io_thread);

    void send(const node::Route& route, std::string body) override;

    [[nodiscard]] int fd() const { return socket_->fd(); }
    [[nodiscard]] bool waiting() { return inbox_.waiting(); }
    void drain(Instant now, Handler& handler);

    [[nodiscard]] ConnectionCounter& connections() { return connections_; }
    [[nodiscard]] const ConnectionCounter& connections() const { return connections_; }
    [[nodiscard]] std::uint64_t frames_in() const { return frames_in_; }
    [[nodiscard]] std::uint64_t frames_out() const { return frames_out_; }
    [[nodiscard]] std::uint64_t frames_dropped() const { return frames_dropped_; }  // answers

  private:
    ClientEndpoint(std::unique_ptr<Socket> socket, Monitor monitor);
    [[nodiscard]] node::Route route();

    std::unique_ptr<Socket> socket_;
    ConnectionCounter connections_;
    Inbox inbox_;
    EnvelopeReader envelope_;
    Blob address_;  // of the last frame: a client that sends many shares one
    std::uint64_t frames_in_ = 0;
    std::uint64_t frames_out_ = 0;
    std::uint64_t frames_dropped_ = 0;
};

}  // namespace kvbus::bus
