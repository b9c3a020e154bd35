// What a call asks for, kept until it is settled so that it can be sent again. All its bytes are in one
// buffer, which is reused by later calls. Owned by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include <kvbus/error.h>

#include "machine/command.h"
#include "wire/client_frames.h"

namespace kvbus::client {

// Views into bytes that the caller keeps alive for the call.
using Operation = std::variant<machine::Put, machine::Delete, wire::RangeRequest, wire::StatusRequest,
                               wire::MembersRequest>;

// What no node would accept: an empty or oversized key, an oversized value.
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
    [[nodiscard]] bool is_write() const {
        return type_ == wire::RequestType::put || type_ == wire::RequestType::remove;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

    [[nodiscard]] Operation view() const;  // into this object
    // With views into this object. The write session counts for writes only.
    [[nodiscard]] wire::Request request(std::uint64_t id, std::uint32_t timeout_ms,
                                        const WriteSession& session) const;

    // Whether a reply of this shape can be the answer.
    [[nodiscard]] bool fits(const wire::Reply& reply) const;

  private:
    wire::RequestType type_ = wire::RequestType::put;
    bool serializable_ = false;
    bool keys_only_ = false;
    bool count_only_ = false;
    std::uint64_t limit_ = 0;
    std::size_t key_bytes_ = 0;
    std::string bytes_;  // the key, then the value or the end of the range
};

}  // namespace kvbus::client
