// What changes the state machine. Views into bytes that the caller keeps alive for the call.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/ids.h"

namespace kvbus::machine {

struct Put {
    std::string_view key;
    std::string_view value;
};

// As in etcd: an empty `range_end` means the key alone, "\0" means every key from `key` on, anything else
// means [key, range_end).
struct Delete {
    std::string_view key;
    std::string_view range_end;
};

struct Command {
    ClientId client;            // none: no session, a retry is applied again
    Sequence sequence;          // of this client, from 1
    Sequence first_unanswered;  // the lowest sequence whose answer the client still waits for; <= sequence
    std::variant<Put, Delete> operation;
};

// What a command came to; kept per session, so that a retry gets the same one.
struct Outcome {
    Code code = Code::ok;  // ok, stale_request, overloaded (too many sessions, or too many unanswered in one)
    Revision revision;     // of the write itself; of the map when nothing changed
    std::uint64_t deleted = 0;  // keys that a Delete removed
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

}  // namespace kvbus::machine
