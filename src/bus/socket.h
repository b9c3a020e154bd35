// ZeroMQ's context, message and socket as values that clean up after themselves: the only part of the bus
// that handles libzmq's memory. A Context may be shared; a Socket and the Frames it fills belong to one
// thread.
//
// Always: nothing here blocks, but for the Context's destructor; EINTR is retried inside; what only a bug of
// ours can cause aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::bus {

class Context {
  public:
    explicit Context(int io_threads);
    ~Context();  // waits for the linger time of the sockets, all of which must be closed by then
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

  private:
    friend class Socket;
    void* handle_;
};

// One part of a received message.
class Frame {
  public:
    Frame();
    ~Frame();
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    [[nodiscard]] std::string_view view() const;  // valid until the next receive() into this frame
    [[nodiscard]] bool more() const;              // further parts of the same message follow

  private:
    friend class Socket;
    alignas(std::max_align_t) mutable std::byte storage_[64];  // a zmq_msg_t
};

enum class SendStatus : std::uint8_t {
    sent,
    full,         // or nobody is connected
    unreachable,  // a ROUTER does not know the addressee
};

class Socket {
  public:
    // Here and in set(): the ZMQ_… numbers. Error: io, when the process is out of file descriptors.
    [[nodiscard]] static Result<std::unique_ptr<Socket>> open(Context& context, int type);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void set(int option, int value);
    void set_wide(int option, std::int64_t value);
    void set_text(int option, std::string_view value);

    // Errors: invalid_argument, in_use, io.
    [[nodiscard]] Result<void> bind(const std::string& url);
    [[nodiscard]] Result<void> connect(const std::string& url);
    void disconnect(const std::string& url);  // no effect when not connected

    // False when nothing waits.
    [[nodiscard]] bool receive(Frame& into);
    [[nodiscard]] SendStatus send_part(std::string_view bytes);  // further parts follow
    [[nodiscard]] SendStatus send(std::string bytes);  // the only or the last part; dropped unless sent

    // Becomes readable when something *changes*, and a send may swallow that. So wait on it only after
    // receive() or readable() was false with no send since.
    [[nodiscard]] int fd() const;
    [[nodiscard]] bool readable();

    // Reports `events`, a mask of ZMQ_EVENT_…, to the PAIR that connects to `url`, an inproc:// address.
    void monitor(const std::string& url, int events);
    void stop_monitor();

  private:
    explicit Socket(void* handle) : handle_(handle) {}

    void* handle_;
};

}  // namespace kvbus::bus
