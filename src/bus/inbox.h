// Reads a socket in bites, so that a flood on one does not hold up the other, nor the ticks. Loop thread.
#pragma once

#include <cstddef>

#include "bus/socket.h"

namespace kvbus::bus {

class Inbox {
  public:
    explicit Inbox(Socket& socket) : socket_(&socket) {}

    // Calls on_part(const Frame&) for what waits, up to the limits of one turn.
    template <class OnPart>
    void drain(OnPart on_part) {
        std::size_t bytes = 0;
        for (std::size_t parts = 0; parts < parts_per_turn && bytes < bytes_per_turn; ++parts) {
            if (!socket_->receive(frame_)) {
                drained_ = true;
                return;
            }
            bytes += frame_.view().size();
            on_part(static_cast<const Frame&>(frame_));
        }
        drained_ = false;
    }

    // Something was sent through the same socket: that may have swallowed the news of a message (Socket::fd).
    void sent() { sent_ = true; }

    // True when it is no use to wait for the socket's fd.
    [[nodiscard]] bool waiting() {
        if (drained_ && sent_) {
            sent_ = false;
            drained_ = !socket_->readable();
        }
        return !drained_;
    }

  private:
    static constexpr std::size_t parts_per_turn = 512;  // 256 messages of a DEALER, with their routing ids
    static constexpr std::size_t bytes_per_turn = 16 << 20;

    Socket* socket_;
    Frame frame_;
    bool drained_ = false;
    bool sent_ = false;
};

}  // namespace kvbus::bus
