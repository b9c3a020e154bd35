#include "bus/client_endpoint.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include <zmq.h>

#include "base/check.h"
#include "base/random.h"
#include "bus/socket_options.h"
#include "wire/limits.h"

namespace kvbus::bus {
namespace {

SocketRole role(int io_thread) {
    return {
        .frame_bytes_max = wire::limits::client_frame_bytes_max,
        .received_max = 256,
        .sent_max = 1000,
        .linger_ms = 200,  // the last answers of a node that stops
        .io_thread = io_thread,
    };
}

}  // namespace

Result<std::unique_ptr<ClientEndpoint>> ClientEndpoint::open(Context& context, const std::string& url,
                                                             int io_thread) {
    const auto parsed = parse_tcp_url(url);
    if (!parsed) return parsed.error();

    // libzmq 4.3.4 numbers anonymous clients from rand(), and aborts when a client has claimed the next
    // number as its identity. Nobody can foresee the number once rand() is seeded.
    std::srand(static_cast<unsigned>(random_seed()));

    auto socket = Socket::open(context, ZMQ_ROUTER);
    if (!socket) return socket.error();
    set_listening(**socket, *parsed, role(io_thread));
    (*socket)->set(ZMQ_ROUTER_MANDATORY, 1);
    auto monitor = Monitor::open(context, **socket, "clients");
    if (!monitor) return monitor.error();
    if (const auto bound = (*socket)->bind(url); !bound) return bound.error();
    return std::unique_ptr<ClientEndpoint>(new ClientEndpoint(std::move(*socket), std::move(*monitor)));
}

ClientEndpoint::ClientEndpoint(std::unique_ptr<Socket> socket, Monitor monitor)
    : socket_(std::move(socket)), connections_(std::move(monitor)), inbox_(*socket_) {}

void ClientEndpoint::drain(Instant now, Handler& handler) {
    inbox_.drain([&](const Frame& part) {
        switch (envelope_.add(part.view(), part.more())) {
            case EnvelopeReader::Verdict::incomplete:
                break;
            case EnvelopeReader::Verdict::bad:
                handler.bad_client_frame();
                break;
            case EnvelopeReader::Verdict::body:
                ++frames_in_;
                handler.client_frame(now, route(), part.view());
                break;
        }
    });
}

node::Route ClientEndpoint::route() {
    if (address_.view() != envelope_.address()) address_ = Blob::copy_of(envelope_.address());
    return {address_, envelope_.has_delimiter()};
}

void ClientEndpoint::send(const node::Route& route, std::string body) {
    inbox_.sent();
    auto address = route.address.view();
    // The routing id decides whether the client is there and has room; the other parts follow it
    // unconditionally.
    if (socket_->send_part(take_part(address)) != SendStatus::sent) {
        ++frames_dropped_;
        return;
    }
    while (!address.empty())
        KV_CHECK(socket_->send_part(take_part(address)) == SendStatus::sent);
    KV_CHECK(socket_->send(std::move(body)) == SendStatus::sent);
    ++frames_out_;
}

}  // namespace kvbus::bus
