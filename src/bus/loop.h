// The thread that does everything but disk writes: waits for sockets, descriptors and the handler's deadline,
// and gives the handler one turn after each wait. It owns all of ZeroMQ's sockets.
//
// Every member belongs to the thread that calls run(), with open() and add_source() before it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "bus/handler.h"
#include "node/ports.h"

namespace kvbus::bus {

struct BusOptions {
    std::string listen_client;  // tcp://HOST:PORT
    std::string listen_peer;
    NodeId self;
    std::vector<Member> members;  // with their peer_url; self included
    int io_threads = 1;           // libzmq's; from 2 on peers and clients have one each
};

// Counts since open().
struct LoopStats {
    std::uint64_t turns = 0;
    std::uint64_t client_frames_in = 0;
    std::uint64_t client_frames_out = 0;
    std::uint64_t client_frames_dropped = 0;  // answers to clients that were gone or did not read
    std::uint64_t peer_frames_in = 0;
    std::uint64_t peer_frames_out = 0;
    std::uint64_t peer_frames_dropped = 0;  // peer away or not keeping up
    std::uint64_t client_connections = 0;   // accepted
    std::uint64_t client_handshakes = 0;    // of them turned out to speak ZMTP 3
    std::uint64_t peer_connections = 0;
    std::uint64_t peer_handshakes = 0;
    std::uint64_t peers_connected = 0;  // now
    Duration busy{};                    // not waiting
    double busy_share = 0;              // of the last second or more; 1 is saturated
};

class Loop {
  public:
    // Listens on both addresses and starts to connect to the peers. Errors, with the address in the message:
    // invalid_argument, in_use, io.
    [[nodiscard]] static Result<std::unique_ptr<Loop>> open(const BusOptions& options);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] node::Transport& transport();
    [[nodiscard]] node::Replies& replies();

    // Before run(): calls `readable` in every turn in which `fd` is readable. The descriptor stays the
    // caller's.
    void add_source(int fd, std::function<void()> readable);

    void run(Handler& handler);  // until stop()
    void stop();                 // ends run() after the turn in which it is called

    [[nodiscard]] Instant now() const;  // of this turn
    [[nodiscard]] LoopStats stats() const;

  private:
    struct State;
    explicit Loop(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::bus
