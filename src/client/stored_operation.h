// What a call asks for, kept until it is settled so that it can be sent again. Its bytes are in buffers that
// are reused by later calls. Owned by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include <kvbus/error.h>

#include "machine/command.h"
#include "wire/client_frames.h"
#include "wire/owned_command.h"

namespace kvbus::client {

// Views into bytes that the caller keeps alive for the call. A command's session is not looked at.
using Operation = std::variant<machine::Command, wire::RangeRequest, wire::LeaseStatusRequest,
                               wire::LeasesRequest, wire::WatchRequest, wire::StatusRequest,
                               wire::MembersRequest, wire::SnapshotRequest, wire::SnapshotChunkRequest>;

// What no node would accept: an empty or oversized key, an oversized value, options that contradict each
// other.
[[nodiscard]] Result<void> validate(const Operation& operation);

// What ties the tries of a write together (machine/command.h).
struct WriteSession {
    ClientId client;
    Sequence sequence;
    Sequence first_unanswered;
};

class StoredOperation {
  public:
    void store(const Operation& operation);
    void clear();  // gives back a large buffer, keeps a small one

    [[nodiscard]] wire::RequestType type() const { return type_; }
    [[nodiscard]] bool is_write() const { return is_write_; }
    [[nodiscard]] bool is_watch() const { return type_ == wire::RequestType::watch; }
    [[nodiscard]] bool is_campaign() const { return type_ == wire::RequestType::campaign; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    [[nodiscard]] Operation view() const;  // into this object
    // With views into this object. The write session counts for writes only.
    [[nodiscard]] wire::Request request(std::uint64_t id, std::uint32_t timeout_ms,
                                        const WriteSession& session) const;

    // Whether a reply of this shape can be the answer.
    [[nodiscard]] bool fits(const wire::Reply& reply) const;

  private:
    wire::RequestType type_ = wire::RequestType::put;
    bool is_write_ = false;
    std::size_t bytes_ = 0;
    wire::OwnedCommand command_;  // of a write
    Operation read_;              // of anything else; views of a range or watch point into range_bytes_
    std::string range_bytes_;     // the key, then the end of the range
    std::size_t key_bytes_ = 0;
};

}  // namespace kvbus::client
