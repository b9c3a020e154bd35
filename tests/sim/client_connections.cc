#include "sim/client_connections.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace kvbus::sim {
namespace {

constexpr Duration reconnect_after = std::chrono::milliseconds{40};

}  // namespace

ClientConnections::ClientConnections(std::uint64_t client, bool single, Agenda& agenda, Network& network,
                                     std::vector<Replica*> replicas, Owner owner)
    : client_(client),
      single_(single),
      agenda_(agenda),
      network_(network),
      replicas_(std::move(replicas)),
      owner_(std::move(owner)),
      connections_(replicas_.size()) {}

void ClientConnections::open() {
    for (const Replica* replica : replicas_)
        connect(replica->id());
}

void ClientConnections::connect(NodeId node) {
    agenda_.after(network_.client_delay(), [this, node] {
        if (!replica(node).is_up()) {
            owner_.lost(node, "connection refused");
            agenda_.after(reconnect_after, [this, node] { connect(node); });
            return;
        }
        connection(node) = {.number = ++opened_, .last_out = {}, .last_in = {}};
        owner_.connected(node);
    });
}

void ClientConnections::lose(NodeId node, std::string_view reason) {
    connection(node).number = 0;
    owner_.lost(node, reason);
    agenda_.after(reconnect_after, [this, node] { connect(node); });
}

Instant ClientConnections::arrival(Instant& last) {
    return last = std::max(last, agenda_.now() + network_.client_delay());
}

void ClientConnections::send(NodeId to, std::string frame) {
    Connection& connection = this->connection(to);
    if (connection.number == 0) return;
    const std::string address = std::to_string(client_) + ":" + std::to_string(connection.number);
    agenda_.at(arrival(connection.last_out),
               [this, to, number = connection.number, address, frame = std::move(frame)] {
                   if (this->connection(to).number == number)
                       replica(to).client_frame(address, single_, frame);
               });
}

void ClientConnections::answered(NodeId from, std::uint64_t number, std::string frame) {
    Connection& connection = this->connection(from);
    if (connection.number != number) return;
    agenda_.at(arrival(connection.last_in), [this, from, number, frame = std::move(frame)] {
        if (this->connection(from).number == number) owner_.received(from, frame);
    });
}

void ClientConnections::node_died(NodeId node) {
    if (connection(node).number == 0) return;
    agenda_.after(network_.client_delay(), [this, node, number = connection(node).number] {
        if (connection(node).number == number) lose(node, "connection lost");
    });
}

void ClientConnections::drop_all() {
    for (const Replica* replica : replicas_)
        if (connection(replica->id()).number != 0) lose(replica->id(), "connection lost");
}

ClientConnections::Address ClientConnections::parse(std::string_view address) {
    Address parsed;
    const char* const end = address.data() + address.size();
    const auto client = std::from_chars(address.data(), end, parsed.client);
    const auto connection = std::from_chars(client.ptr + 1, end, parsed.connection);
    KV_CHECK(connection.ptr == end, "an address that no client has");
    return parsed;
}

}  // namespace kvbus::sim
