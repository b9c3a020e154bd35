// The type that a request has on the wire. Pure.
#pragma once

#include "wire/client_frames.h"
#include "wire/command_fields.h"

namespace kvbus::wire {

constexpr RequestType type_of(const RangeRequest&) {
    return RequestType::range;
}
constexpr RequestType type_of(const StatusRequest&) {
    return RequestType::status;
}
constexpr RequestType type_of(const MembersRequest&) {
    return RequestType::members;
}
constexpr RequestType type_of(const LeaseStatusRequest&) {
    return RequestType::lease_status;
}
constexpr RequestType type_of(const LeasesRequest&) {
    return RequestType::leases;
}
constexpr RequestType type_of(const WatchRequest&) {
    return RequestType::watch;
}
constexpr RequestType type_of(const SnapshotRequest&) {
    return RequestType::snapshot;
}
constexpr RequestType type_of(const SnapshotChunkRequest&) {
    return RequestType::snapshot_chunk;
}
[[nodiscard]] inline RequestType type_of(const Request& request) {
    return std::visit([](const auto& body) { return type_of(body); }, request.body);
}

}  // namespace kvbus::wire
