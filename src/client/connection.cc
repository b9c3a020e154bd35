#include "client/connection.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include <zmq.h>

#include "base/check.h"
#include "client/endpoint_url.h"
#include "wire/limits.h"

namespace kvbus::client {
namespace {

static_assert(sizeof(zmq_msg_t) == 64 && alignof(zmq_msg_t) <= 8);

// The largest reply may join others in a frame.
constexpr std::int64_t frame_bytes_max = 2 * wire::limits::reply_bytes_max;

constexpr std::uint64_t watched_events =
    ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

Error io_error(const std::string& what) {
    return {Code::io,
            "cannot create " + what + ": " + zmq_strerror(errno) + "; are there too many open files?"};
}

template <class T>
void set(const Socket& socket, int option, T value) {
    KV_CHECK(zmq_setsockopt(socket.get(), option, &value, sizeof value) == 0, "setting a socket option");
}

int get(const Socket& socket, int option) {
    int value = 0;
    std::size_t size = sizeof value;
    KV_CHECK(zmq_getsockopt(socket.get(), option, &value, &size) == 0, "reading a socket option");
    return value;
}

void configure(const Socket& socket, const std::string& url) {
    set<int>(socket, ZMQ_LINGER, 200);   // milliseconds, for what is sent last
    set<int>(socket, ZMQ_IMMEDIATE, 1);  // nothing queues for a node that is not there
    set<int>(socket, ZMQ_SNDHWM, 256);
    set<int>(socket, ZMQ_RCVHWM, 1024);
    set<std::int64_t>(socket, ZMQ_MAXMSGSIZE, frame_bytes_max);
    set<int>(socket, ZMQ_CONNECT_TIMEOUT, 1000);
    set<int>(socket, ZMQ_HANDSHAKE_IVL, 3000);
    set<int>(socket, ZMQ_RECONNECT_IVL, 20);
    set<int>(socket, ZMQ_RECONNECT_IVL_MAX, 500);
    set<int>(socket, ZMQ_TCP_KEEPALIVE, 1);
    set<int>(socket, ZMQ_TCP_MAXRT, 5000);
    set<int>(socket, ZMQ_IPV6, is_ipv6(url) ? 1 : 0);
}

zmq_msg_t* raw(unsigned char* message) {
    return reinterpret_cast<zmq_msg_t*>(message);
}

}  // namespace

void SocketCloser::operator()(void* socket) const {
    zmq_socket_monitor(socket, nullptr, 0);
    zmq_close(socket);
}

void ContextCloser::operator()(void* context) const {
    while (zmq_ctx_term(context) != 0 && errno == EINTR) {
    }
}

Result<Context> make_context() {
    Context context(zmq_ctx_new());
    if (!context) return io_error("a ZeroMQ context");
    return context;
}

ReceivedFrame::ReceivedFrame() {
    zmq_msg_init(raw(message_));
}
ReceivedFrame::~ReceivedFrame() {
    zmq_msg_close(raw(message_));
}

std::string_view ReceivedFrame::bytes() const {
    const auto* message = reinterpret_cast<const zmq_msg_t*>(message_);
    return {static_cast<const char*>(zmq_msg_data(const_cast<zmq_msg_t*>(message))), zmq_msg_size(message)};
}

Result<Connection> Connection::open(void* context, const std::string& url) {
    Socket socket(zmq_socket(context, ZMQ_DEALER));
    if (!socket) return io_error("a socket for " + url);
    configure(socket, url);

    char address[64];
    std::snprintf(address, sizeof address, "inproc://monitor-%p", socket.get());
    if (zmq_socket_monitor(socket.get(), address, static_cast<int>(watched_events)) != 0) {
        return io_error("a monitor for " + url);
    }
    Socket monitor(zmq_socket(context, ZMQ_PAIR));
    if (!monitor) return io_error("a monitor for " + url);
    set<int>(monitor, ZMQ_LINGER, 0);
    if (zmq_connect(monitor.get(), address) != 0) return io_error("a monitor for " + url);
    if (zmq_connect(socket.get(), url.c_str()) != 0) return io_error("a connection to " + url);
    return Connection(std::move(socket), std::move(monitor));
}

Connection::Connection(Socket socket, Socket monitor)
    : monitor_(std::move(monitor)),
      socket_(std::move(socket)),
      fd_(get(socket_, ZMQ_FD)),
      monitor_fd_(get(monitor_, ZMQ_FD)) {}

bool Connection::receive(ReceivedFrame& frame) {
    return zmq_msg_recv(raw(frame.message_), socket_.get(), ZMQ_DONTWAIT) >= 0;
}

bool Connection::readable() const {
    return (get(socket_, ZMQ_EVENTS) & ZMQ_POLLIN) != 0;
}
bool Connection::writable() const {
    return (get(socket_, ZMQ_EVENTS) & ZMQ_POLLOUT) != 0;
}

void Connection::send(std::string_view frame) {
    (void)zmq_send(socket_.get(), frame.data(), frame.size(), ZMQ_DONTWAIT);
}

std::optional<LinkEvent> Connection::next_event() {
    ReceivedFrame event;
    ReceivedFrame address;
    while (zmq_msg_recv(raw(event.message_), monitor_.get(), ZMQ_DONTWAIT) >= 0) {
        (void)zmq_msg_recv(raw(address.message_), monitor_.get(), ZMQ_DONTWAIT);
        std::uint16_t number = 0;
        if (event.bytes().size() < sizeof number) continue;
        std::memcpy(&number, event.bytes().data(), sizeof number);
        if (std::optional<LinkEvent> news = interpret(number)) return news;
    }
    return std::nullopt;
}

// A refused TCP connection shows as delayed, closed, retried; a name that is not found as retried alone; a
// peer that speaks something else as delayed, handshake failed, disconnected, retried.
std::optional<LinkEvent> Connection::interpret(unsigned event) {
    switch (event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            up_ = true;
            return LinkEvent{true, {}};
        case ZMQ_EVENT_CONNECT_DELAYED:
            attempted_ = true;
            handshake_failed_ = false;
            return std::nullopt;
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            handshake_failed_ = true;
            return std::nullopt;
        case ZMQ_EVENT_DISCONNECTED: {
            const bool was_up = std::exchange(up_, false);
            if (handshake_failed_) return LinkEvent{false, "it does not speak ZeroMQ"};
            return LinkEvent{false, was_up ? "connection lost" : "connection closed by the other side"};
        }
        case ZMQ_EVENT_CLOSED:
            return LinkEvent{false, "connection refused, or no answer"};
        case ZMQ_EVENT_CONNECT_RETRIED:
            if (std::exchange(attempted_, false)) return std::nullopt;
            return LinkEvent{false, "host name not found"};
        default:
            return std::nullopt;
    }
}

}  // namespace kvbus::client
