// Identifiers and values that cross the public interface. Plain values: copy them, compare them, share them
// between threads freely.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kvbus {

// A number that means one thing only: a node is not a term is not an index. Zero means "none" in every use.
template <class Tag>
struct Strong {
    std::uint64_t value = 0;

    constexpr Strong() = default;
    constexpr explicit Strong(std::uint64_t number) : value(number) {}
    friend constexpr auto operator<=>(Strong, Strong) = default;
    constexpr explicit operator bool() const { return value != 0; }
};

using ClusterId = Strong<struct ClusterTag>;
using NodeId = Strong<struct NodeTag>;
using ClientId = Strong<struct ClientTag>;
using Revision = Strong<struct RevisionTag>;  // grows by one with every committed write, cluster-wide
using LeaseId = Strong<struct LeaseTag>;

// One key with its value and history, as in etcd's data model.
struct KeyValue {
    std::string key;
    std::string value;
    Revision create_revision;   // of the write that created the key
    Revision mod_revision;      // of the last write
    std::uint64_t version = 0;  // writes since creation, the creating one included
    LeaseId lease;              // with which the key expires; none: with no lease
    friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// What every answer says about the node that gave it.
struct Header {
    ClusterId cluster;
    NodeId node;
    std::uint64_t term = 0;  // Raft term
    Revision revision;       // of the answering node's map
    NodeId leader;           // none while the node knows no leader
};

struct Member {
    NodeId id;
    std::string name;
    std::string peer_url;    // where other nodes reach it, tcp://HOST:PORT
    std::string client_url;  // where clients reach it; empty until the node has told the one that was asked
};

// A condition for which a node refuses work, until it is gone: NOSPACE (its disk), MEMORY, or CORRUPT (its
// state is not the others').
struct Alarm {
    std::string type;
    std::chrono::milliseconds age{};  // since it was raised, or the node started with it
    std::string message;              // what is wrong, and the way out
    friend bool operator==(const Alarm&, const Alarm&) = default;
};

}  // namespace kvbus

template <class Tag>
struct std::hash<kvbus::Strong<Tag>> {
    std::size_t operator()(kvbus::Strong<Tag> id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value);
    }
};
