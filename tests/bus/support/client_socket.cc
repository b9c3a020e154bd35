#include "bus/support/client_socket.h"

#include <zmq.h>

#include "base/check.h"
#include "bus/support/await.h"

namespace kvbus::bus::test {
namespace {

int type_of(ClientSocket::Kind kind) {
    switch (kind) {
        case ClientSocket::Kind::req:
        case ClientSocket::Kind::relaxed_req:
            return ZMQ_REQ;
        case ClientSocket::Kind::dealer:
            return ZMQ_DEALER;
        case ClientSocket::Kind::push:
            return ZMQ_PUSH;
    }
    return -1;
}

}  // namespace

ClientSocket::ClientSocket(Kind kind, const std::string& url, std::string_view identity)
    : context_(zmq_ctx_new()), socket_(zmq_socket(context_, type_of(kind))) {
    const auto set = [&](int option, int value) {
        KV_CHECK(zmq_setsockopt(socket_, option, &value, sizeof value) == 0);
    };
    const int timeout_ms = static_cast<int>(std::chrono::milliseconds{patience}.count());
    set(ZMQ_LINGER, 0);
    set(ZMQ_SNDTIMEO, timeout_ms);
    set(ZMQ_RCVTIMEO, timeout_ms);
    set(ZMQ_RECONNECT_IVL, 10);
    if (kind == Kind::relaxed_req) {
        set(ZMQ_REQ_RELAXED, 1);
        set(ZMQ_REQ_CORRELATE, 1);
    }
    if (!identity.empty())
        KV_CHECK(zmq_setsockopt(socket_, ZMQ_ROUTING_ID, identity.data(), identity.size()) == 0);
    KV_CHECK(zmq_connect(socket_, url.c_str()) == 0);
}

ClientSocket::~ClientSocket() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
}

bool ClientSocket::send_parts(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const int flags = i + 1 < parts.size() ? ZMQ_SNDMORE : 0;
        if (zmq_send(socket_, parts[i].data(), parts[i].size(), flags) < 0) return false;
    }
    return true;
}

std::optional<std::vector<std::string>> ClientSocket::receive_parts() {
    std::vector<std::string> parts;
    bool more = true;
    while (more) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, socket_, 0) < 0) return std::nullopt;
        parts.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
        more = zmq_msg_more(&message) != 0;
        zmq_msg_close(&message);
    }
    return parts;
}

std::string ClientSocket::receive() {
    const auto parts = receive_parts();
    return parts && parts->size() == 1 ? parts->front() : "<nothing>";
}

std::string ClientSocket::ask(const std::string& body) {
    KV_CHECK(send(body));
    return receive();
}

}  // namespace kvbus::bus::test
