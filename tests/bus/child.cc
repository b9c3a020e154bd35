// A process with a bus of its own: bus_child CLIENT_URL PEER_URL. Answers every client with what it said.
// Ends with its parent.
#include <csignal>
#include <cstdio>

#include <sys/prctl.h>
#include <unistd.h>

#include "bus/loop.h"

namespace {

class Echo final : public kvbus::bus::Handler {
  public:
    explicit Echo(kvbus::node::Replies& replies) : replies_(replies) {}

    void client_frame(kvbus::Instant, const kvbus::node::Route& route, std::string_view body) override {
        replies_.send(route, std::string(body));
    }
    void peer_frame(kvbus::Instant, std::string_view) override {}
    void bad_client_frame() override {}
    void bad_peer_frame() override {}
    void peer_lost(kvbus::Instant, kvbus::NodeId) override {}
    void turn(kvbus::Instant) override {}
    [[nodiscard]] kvbus::Instant deadline() const override { return kvbus::never; }

  private:
    kvbus::node::Replies& replies_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 128;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto loop =
        kvbus::bus::Loop::open({.listen_client = argv[1], .listen_peer = argv[2], .self = {}, .members = {}});
    if (!loop) {
        std::fprintf(stderr, "%s\n", loop.error().message.c_str());
        return 1;
    }
    Echo echo((*loop)->replies());
    if (write(STDOUT_FILENO, "\n", 1) != 1) return 1;
    (*loop)->run(echo);
}
