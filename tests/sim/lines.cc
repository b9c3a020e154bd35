#include "sim/lines.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace kvbus::sim {
namespace {

constexpr Duration reconnect_after = std::chrono::milliseconds{40};

}  // namespace

Lines::Lines(std::uint64_t client, bool single, Agenda& agenda, Network& network,
             std::vector<Replica*> replicas, Owner owner)
    : client_(client),
      single_(single),
      agenda_(agenda),
      network_(network),
      replicas_(std::move(replicas)),
      owner_(std::move(owner)),
      lines_(replicas_.size()) {}

void Lines::open() {
    for (const Replica* replica : replicas_)
        connect(replica->id());
}

void Lines::connect(NodeId node) {
    agenda_.after(network_.client_delay(), [this, node] {
        if (!replica(node).is_up()) {
            owner_.lost(node, "connection refused");
            agenda_.after(reconnect_after, [this, node] { connect(node); });
            return;
        }
        line(node) = {.number = ++connections_, .last_out = {}, .last_in = {}};
        owner_.connected(node);
    });
}

void Lines::lose(NodeId node, std::string_view reason) {
    line(node).number = 0;
    owner_.lost(node, reason);
    agenda_.after(reconnect_after, [this, node] { connect(node); });
}

Instant Lines::arrival(Instant& last) {
    return last = std::max(last, agenda_.now() + network_.client_delay());
}

void Lines::send(NodeId to, std::string frame) {
    Line& line = this->line(to);
    if (line.number == 0) return;
    const std::string address = std::to_string(client_) + ":" + std::to_string(line.number);
    agenda_.at(arrival(line.last_out), [this, to, number = line.number, address, frame = std::move(frame)] {
        if (this->line(to).number == number) replica(to).client_frame(address, single_, frame);
    });
}

void Lines::answered(NodeId from, std::uint64_t connection, std::string frame) {
    Line& line = this->line(from);
    if (line.number != connection) return;
    agenda_.at(arrival(line.last_in), [this, from, connection, frame = std::move(frame)] {
        if (this->line(from).number == connection) owner_.received(from, frame);
    });
}

void Lines::node_ended(NodeId node) {
    if (line(node).number == 0) return;
    agenda_.after(network_.client_delay(), [this, node, number = line(node).number] {
        if (line(node).number == number) lose(node, "connection lost");
    });
}

void Lines::drop_all() {
    for (const Replica* replica : replicas_)
        if (line(replica->id()).number != 0) lose(replica->id(), "connection lost");
}

Lines::Address Lines::parse(std::string_view address) {
    Address parsed;
    const char* const end = address.data() + address.size();
    const auto client = std::from_chars(address.data(), end, parsed.client);
    const auto connection = std::from_chars(client.ptr + 1, end, parsed.connection);
    KV_CHECK(connection.ptr == end, "an address that no client has");
    return parsed;
}

}  // namespace kvbus::sim
