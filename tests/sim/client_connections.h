// One client's connections to the nodes, as TCP gives them: what is sent on one arrives in order or not at
// all, and both ends notice when it breaks. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/types.h>

#include "sim/agenda.h"
#include "sim/network.h"
#include "sim/replica.h"

namespace kvbus::sim {

class ClientConnections {
  public:
    struct Owner {
        std::function<void(NodeId)> connected;
        std::function<void(NodeId, std::string_view reason)> lost;  // or not to be had
        std::function<void(NodeId, std::string_view frame)> received;
    };
    // `single`: the node puts one reply in a frame, as it does for REQ sockets.
    ClientConnections(std::uint64_t client, bool single, Agenda& agenda, Network& network,
                      std::vector<Replica*> replicas, Owner owner);

    void open();  // connects to all nodes, and again whenever a connection breaks
    void send(NodeId to, std::string frame);

    // The node's side.
    void answered(NodeId from, std::uint64_t number, std::string frame);
    void node_died(NodeId node);
    void drop_all();

    // What a node's reply is addressed to: the client and the number of the connection.
    struct Address {
        std::uint64_t client = 0;
        std::uint64_t connection = 0;
    };
    [[nodiscard]] static Address parse(std::string_view address);

  private:
    struct Connection {
        std::uint64_t number = 0;  // of the connection; 0 without one
        Instant last_out{};
        Instant last_in{};
    };
    [[nodiscard]] Connection& connection(NodeId node) { return connections_[node.value - 1]; }
    [[nodiscard]] Replica& replica(NodeId node) { return *replicas_[node.value - 1]; }
    [[nodiscard]] Instant arrival(Instant& last);
    void connect(NodeId node);
    void lose(NodeId node, std::string_view reason);

    std::uint64_t client_;
    bool single_;
    Agenda& agenda_;
    Network& network_;
    std::vector<Replica*> replicas_;
    Owner owner_;
    std::vector<Connection> connections_;
    std::uint64_t opened_ = 0;
};

}  // namespace kvbus::sim
