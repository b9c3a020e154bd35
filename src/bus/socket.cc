#include "bus/socket.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zmq.h>

#include "base/check.h"

namespace kvbus::bus {
namespace {

// From here on it is cheaper to hand memory over than to copy it.
constexpr std::size_t copied_bytes_max = 1536;

zmq_msg_t* message(std::byte* storage) {
    return reinterpret_cast<zmq_msg_t*>(storage);
}

// Bytes that the I/O thread frees once they are sent. libzmq's queues order the two threads' accesses in ways
// that ThreadSanitizer cannot see; the flag does so in C++'s own terms.
struct SentBytes {
    std::string bytes;
    std::atomic<bool> handed_over = false;
};

void free_sent_bytes(void* /*data*/, void* hint) {
    const auto* sent = static_cast<SentBytes*>(hint);
    KV_CHECK(sent->handed_over.load(std::memory_order_acquire));
    delete sent;
}

void check_done(int result, std::string_view doing) {
    KV_CHECK(result == 0, fmt::format("{}: {}", doing, zmq_strerror(zmq_errno())));
}

void check_interrupted() {
    KV_CHECK(zmq_errno() == EINTR, zmq_strerror(zmq_errno()));
}

int events_of(void* socket) {
    int events = 0;
    std::size_t size = sizeof events;
    while (zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) != 0)
        check_interrupted();
    return events;
}

SendStatus send_message(void* socket, zmq_msg_t& message, int flags) {
    bool looked = false;
    while (zmq_msg_send(&message, socket, ZMQ_DONTWAIT | flags) < 0) {
        const int error = zmq_errno();
        if (error == EINTR) continue;
        // A send looks only every now and then whether its queue has room again; asking for events always
        // does.
        if (error == EAGAIN && !std::exchange(looked, true) && (events_of(socket) & ZMQ_POLLOUT) != 0)
            continue;
        zmq_msg_close(&message);
        KV_CHECK(error == EAGAIN || error == EHOSTUNREACH, zmq_strerror(error));
        return error == EAGAIN ? SendStatus::full : SendStatus::unreachable;
    }
    return SendStatus::sent;
}

SendStatus send_copy(void* socket, std::string_view bytes, int flags) {
    zmq_msg_t message;
    check_done(zmq_msg_init_size(&message, bytes.size()), "making a message");
    if (!bytes.empty()) std::memcpy(zmq_msg_data(&message), bytes.data(), bytes.size());
    return send_message(socket, message, flags);
}

Error bind_error(const std::string& url, int error) {
    const auto because = [&](Code code, std::string_view reason) {
        return Error{code, fmt::format("cannot listen on {}: {}", url, reason)};
    };
    switch (error) {
        case EADDRINUSE:
            return because(Code::in_use, "another process uses this address; stop it or choose another port");
        case EADDRNOTAVAIL:
            return because(Code::invalid_argument,
                           "this machine does not have that address; choose one of its own, or * for all");
        case EACCES:
            return because(Code::io, "not permitted; choose a port above 1023");
        case EINVAL:
        case ENODEV:
            return because(Code::invalid_argument,
                           "the host must be an IP address, a network interface or * for all, not a name");
        default:
            return because(Code::io, zmq_strerror(error));
    }
}

}  // namespace

Context::Context(int io_threads) : handle_(zmq_ctx_new()) {
    KV_CHECK(handle_ != nullptr);
    check_done(zmq_ctx_set(handle_, ZMQ_IO_THREADS, io_threads), "setting the number of I/O threads");
}

Context::~Context() {
    while (zmq_ctx_term(handle_) != 0)
        check_interrupted();
}

Frame::Frame() {
    static_assert(sizeof(zmq_msg_t) == sizeof storage_ && alignof(zmq_msg_t) <= alignof(std::max_align_t));
    zmq_msg_init(message(storage_));
}

Frame::~Frame() {
    zmq_msg_close(message(storage_));
}

std::string_view Frame::view() const {
    return {static_cast<const char*>(zmq_msg_data(message(storage_))), zmq_msg_size(message(storage_))};
}

bool Frame::more() const {
    return zmq_msg_more(message(storage_)) != 0;
}

Result<std::unique_ptr<Socket>> Socket::open(Context& context, int type) {
    void* handle = zmq_socket(context.handle_, type);
    if (handle != nullptr) return std::unique_ptr<Socket>(new Socket(handle));
    return Error{Code::io, fmt::format("cannot open a socket: {}; raise the limit on open files",
                                       zmq_strerror(zmq_errno()))};
}

Socket::~Socket() {
    zmq_close(handle_);
}

void Socket::set(int option, int value) {
    check_done(zmq_setsockopt(handle_, option, &value, sizeof value),
               fmt::format("socket option {}", option));
}

void Socket::set_wide(int option, std::int64_t value) {
    check_done(zmq_setsockopt(handle_, option, &value, sizeof value),
               fmt::format("socket option {}", option));
}

void Socket::set_text(int option, std::string_view value) {
    check_done(zmq_setsockopt(handle_, option, value.data(), value.size()),
               fmt::format("socket option {}", option));
}

Result<void> Socket::bind(const std::string& url) {
    if (zmq_bind(handle_, url.c_str()) == 0) return {};
    return bind_error(url, zmq_errno());
}

Result<void> Socket::connect(const std::string& url) {
    if (zmq_connect(handle_, url.c_str()) == 0) return {};
    return Error{Code::invalid_argument,
                 fmt::format("cannot connect to {}: {}", url, zmq_strerror(zmq_errno()))};
}

void Socket::disconnect(const std::string& url) {
    zmq_disconnect(handle_, url.c_str());
}

bool Socket::receive(Frame& into) {
    while (zmq_msg_recv(message(into.storage_), handle_, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EAGAIN) return false;
        check_interrupted();
    }
    return true;
}

SendStatus Socket::send_part(std::string_view bytes) {
    return send_copy(handle_, bytes, ZMQ_SNDMORE);
}

SendStatus Socket::send(std::string bytes) {
    if (bytes.size() <= copied_bytes_max) return send_copy(handle_, bytes, 0);
    auto* sent = new SentBytes{.bytes = std::move(bytes)};
    zmq_msg_t message;
    check_done(zmq_msg_init_data(&message, sent->bytes.data(), sent->bytes.size(), free_sent_bytes, sent),
               "making a message");
    sent->handed_over.store(true, std::memory_order_release);
    return send_message(handle_, message, 0);
}

int Socket::fd() const {
    int fd = -1;
    std::size_t size = sizeof fd;
    check_done(zmq_getsockopt(handle_, ZMQ_FD, &fd, &size), "asking for a socket's descriptor");
    return fd;
}

bool Socket::readable() {
    return (events_of(handle_) & ZMQ_POLLIN) != 0;
}

void Socket::monitor(const std::string& url, int events) {
    check_done(zmq_socket_monitor(handle_, url.c_str(), events), "monitoring a socket");
}

void Socket::stop_monitor() {
    check_done(zmq_socket_monitor(handle_, nullptr, 0), "ending a socket's monitor");
}

}  // namespace kvbus::bus
