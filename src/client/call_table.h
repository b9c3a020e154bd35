// The calls under way, in slots that are used again, so that a call in steady state allocates nothing. A call
// is on at most one list at a time: what waits to be sent, what was sent to an endpoint, what waits for its
// next try. Owned by one thread.
//
// Always true: a slot is free or its call is on one list (between two calls of a member function); every
// `due` on a list is at or after the list's `earliest`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <kvbus/error.h>

#include "base/ids.h"
#include "base/time.h"
#include "client/endpoint_id.h"
#include "client/stored_operation.h"

namespace kvbus::client {

using Token = std::uint64_t;  // the caller's name for a call
using Slot = std::uint32_t;
constexpr Slot no_slot = UINT32_MAX;

// Calls in order of arrival, doubly linked through their slots. Not sorted by time: `earliest` is a lower
// bound, put right when the list is looked through, which happens at most as often as something becomes due.
struct CallList {
    Slot head = no_slot;
    Slot tail = no_slot;
    Instant earliest = never;

    [[nodiscard]] bool empty() const { return head == no_slot; }
};

struct Call {
    Token token = 0;
    StoredOperation operation;
    Instant deadline;
    Sequence sequence;  // of a write, from its first try on

    // Every try has a request id of its own. Ids of this call are the ones from first_id to id that name its
    // slot.
    std::uint64_t first_id = 0;  // 0: not sent yet
    std::uint64_t id = 0;
    std::uint32_t tries = 0;

    EndpointId only;                  // asks this endpoint, and no other
    EndpointId asked;                 // by the latest try
    bool internal = false;            // the session's own
    bool maybe_applied = false;       // a try that is over may have had its effect
    bool outstanding = false;         // the latest try is not answered
    std::optional<Error> last_error;  // that answered the latest try, when it is not outstanding

    Instant due = never;  // when something must be done about the call, where it is now
    CallList* list = nullptr;
    Slot previous = no_slot;
    Slot next = no_slot;
};

class CallTable {
  public:
    explicit CallTable(std::size_t calls_max);  // at most 32,767

    [[nodiscard]] Slot take();  // a free slot, fresh; there must be one
    void release(Slot slot);    // not on a list any more
    [[nodiscard]] bool full() const { return in_use_ == calls_max_; }
    [[nodiscard]] std::size_t in_use() const { return in_use_; }

    [[nodiscard]] Call& operator[](Slot slot) { return calls_[slot]; }
    [[nodiscard]] const Call& operator[](Slot slot) const { return calls_[slot]; }

    // Starts a try: the request id to send it under.
    std::uint64_t next_id(Slot slot);
    // The call that sent this id, in whichever of its tries.
    [[nodiscard]] Slot find(std::uint64_t id) const;

    void append(CallList& list, Slot slot, Instant due);
    void remove(Slot slot);  // from the list it is on

    // Takes from the list the calls that are due, and corrects its `earliest`.
    [[nodiscard]] std::vector<Slot> take_due(CallList& list, Instant now);
    [[nodiscard]] std::vector<Slot> take_all(CallList& list);

  private:
    std::size_t calls_max_;
    std::size_t in_use_ = 0;
    std::vector<Call> calls_;  // grows up to calls_max_
    std::vector<Slot> free_;
    std::uint64_t ids_ = 0;
};

}  // namespace kvbus::client
