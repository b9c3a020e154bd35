// Errors as values. A call that can fail returns Result<T>; nothing in the interface throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace kvbus {

// Stable: the numbers go over the wire and into scripts, so they are never reused or renumbered.
enum class Code : std::uint8_t {
    ok = 0,
    malformed = 1,         // the bytes are not a request
    unsupported = 2,       // a type or version that this node does not know
    invalid_argument = 3,  // a field is out of range; the message names it
    too_large = 4,         // a key, a value or a request is over its limit
    overloaded = 5,        // refused before any effect; try again later
    unavailable = 6,       // no leader or no quorum; nothing was applied
    timeout = 7,           // a read was not answered in time; it has no effect
    outcome_unknown = 8,   // a write was not answered in time; it may or may not have been applied
    no_space = 9,          // a node's disk or memory is at its limit; nothing was applied
    stale_request = 10,    // the sequence number was answered and forgotten; never applied again
    wrong_cluster = 11,    // the other side belongs to another cluster
    connection = 12,       // no endpoint could be reached; nothing was sent
    closed = 13,           // the client was closed while the call was under way
    io = 14,               // a file or socket operation failed
    in_use = 15,           // a data directory or an address belongs to another process
    damaged = 16,          // stored data fails verification
    internal = 17,         // a bug on the other side
    compacted = 18,        // the revision is no longer held; the message names the first that is
    future_revision = 19,  // the revision does not exist yet
    key_not_found = 20,    // ignore_value or ignore_lease of a key that does not exist; nothing was applied
    lease_not_found = 21,  // it expired, was revoked, or was never granted; nothing was applied
    lease_exists = 22,     // the id is taken; nothing was applied
    wrong_type = 23,       // an increment of a value that is no 64-bit decimal integer; nothing was applied
    overflow = 24,  // an increment beyond 64 bits, an append beyond the largest value; nothing was applied
    duplicate_key = 25,   // a transaction writes a key twice; nothing was applied
    not_first = 26,       // a candidate waited in line as long as it was told to, and keeps its place
    place_lost = 27,      // a candidate's key is gone: its lease ended, or somebody removed it
    compare_failed = 28,  // a conditional write's condition does not hold; nothing was applied
};

// The name of a code as scripts see it, e.g. "outcome_unknown".
[[nodiscard]] std::string_view name_of(Code code);

// What a caller can do about an error, when the exact code does not matter.
enum class Category : std::uint8_t {
    none,              // ok
    not_found,         // the key, lease or revision is not there, or not any more, or not yet
    condition_failed,  // somebody else was there first: compare_failed, lease_exists, not_first, place_lost
    invalid,           // the request is wrong, and will be wrong again
    overloaded,        // refused for want of room, nothing was applied: later, and less at once
    unavailable,       // nobody could answer, nothing was applied: the same call may be made again
    outcome_unknown,   // a write may or may not have been applied: read what it wrote, then decide
    fault,             // something is broken or set up wrongly: a person has to look
};
[[nodiscard]] Category category_of(Code code);
[[nodiscard]] std::string_view name_of(Category category);  // e.g. "condition_failed"

// A message names the thing that is wrong and the way out, in one line.
struct Error {
    Code code = Code::internal;
    std::string message;
    std::uint64_t first_revision = 0;  // with compacted: the first that can be asked for instead; else 0
};

// A T or the reason why there is none. Reading the absent side aborts.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() { return *checked(std::get_if<0>(&state_)); }
    [[nodiscard]] const T& value() const { return *checked(std::get_if<0>(&state_)); }
    [[nodiscard]] const Error& error() const { return *checked(std::get_if<1>(&state_)); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

  private:
    template <class P>
    static P* checked(P* pointer) {
        if (pointer == nullptr) __builtin_trap();
        return pointer;
    }
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const {
        if (!error_) __builtin_trap();
        return *error_;
    }

  private:
    std::optional<Error> error_;
};

}  // namespace kvbus
