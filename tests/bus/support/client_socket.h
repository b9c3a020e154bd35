// A ZeroMQ socket as a client has it, with its own context: blocking, with deadlines that only a failure
// reaches. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvbus::bus::test {

class ClientSocket {
  public:
    enum class Kind { req, relaxed_req, dealer, push };

    ClientSocket(Kind kind, const std::string& url, std::string_view identity = {});
    ~ClientSocket();
    ClientSocket(const ClientSocket&) = delete;
    ClientSocket& operator=(const ClientSocket&) = delete;

    [[nodiscard]] bool send_parts(const std::vector<std::string>& parts);
    [[nodiscard]] bool send(const std::string& body) { return send_parts({body}); }
    [[nodiscard]] std::optional<std::vector<std::string>>
    receive_parts();                      // nothing when the deadline passed
    [[nodiscard]] std::string receive();  // one part; "<nothing>" when there is none
    [[nodiscard]] std::string ask(const std::string& body);

  private:
    void* context_;
    void* socket_;
};

}  // namespace kvbus::bus::test
