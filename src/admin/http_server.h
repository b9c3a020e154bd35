// The HTTP side of a node, for those who watch over it: GET /health (200 while the node serves, else 503) and
// GET /version. It has threads of its own and is never on the path of a request: it reads what the loop
// thread published.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <kvbus/error.h>

namespace kvbus::admin {

// Written by the loop thread, read by HTTP threads.
struct Published {
    std::atomic<bool> serving = false;
};

class HttpServer {
  public:
    // Listens on "HOST:PORT". Errors: invalid_argument, in_use. `published` must outlive the server.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(const std::string& address,
                                                                  const Published& published);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

  private:
    HttpServer();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::admin
