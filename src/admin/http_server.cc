#include "admin/http_server.h"

#include <charconv>
#include <thread>

#include <httplib.h>

namespace kvbus::admin {
namespace {

constexpr std::size_t threads = 2;
constexpr std::size_t request_bytes_max = 8 << 10;

void answer(httplib::Response& response, int status, const char* body) {
    response.status = status;
    response.set_content(body, "application/json");
}

}  // namespace

struct HttpServer::State {
    httplib::Server server;
    std::jthread listener;
};

HttpServer::HttpServer() : state_(std::make_unique<State>()) {}

HttpServer::~HttpServer() {
    state_->server.stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const std::string& address, const Published& published) {
    const auto colon = address.rfind(':');
    int port = 0;
    if (colon != std::string::npos)
        std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    if (colon == std::string::npos || colon == 0 || port <= 0 || port > 65'535)
        return Error{Code::invalid_argument, "--listen-http: '" + address + "' is not of the form HOST:PORT"};

    std::unique_ptr<HttpServer> opened(new HttpServer);
    auto& server = opened->state_->server;
    server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server.set_payload_max_length(request_bytes_max);
    server.Get("/health", [&](const httplib::Request&, httplib::Response& response) {
        if (published.serving) {
            answer(response, 200, "{\"health\":\"true\"}\n");
        } else {
            answer(response, 503, "{\"health\":\"false\",\"reason\":\"no leader, or not caught up\"}\n");
        }
    });
    server.Get("/version", [](const httplib::Request&, httplib::Response& response) {
        answer(response, 200, "{\"kvbus\":\"" KVBUS_VERSION "\"}\n");
    });
    if (!server.bind_to_port(address.substr(0, colon).c_str(), port))
        return Error{Code::in_use,
                     "cannot listen on " + address +
                         " (--listen-http): in use by another process, or not an address of this machine"};
    opened->state_->listener = std::jthread([&server] { server.listen_after_bind(); });
    return opened;
}

}  // namespace kvbus::admin
