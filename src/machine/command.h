// What changes the state machine, and what each change answers. Commands are views into bytes that the caller
// keeps alive for the call; answers own what they hold.
//
// The numbers of the enumerations are etcd's, and go over the wire.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/ids.h"

namespace kvbus::machine {

// --- operations --------------------------------------------------------------------------------------------

// A range is etcd's: an empty `range_end` means the key alone, "\0" means every key from `key` on, anything
// else means [key, range_end).

struct Put {
    std::string_view key;
    std::string_view value;
    LeaseId lease{};  // the key is removed when it expires; none: never
    std::chrono::milliseconds
        ttl{};                  // > 0: the key is removed after so much cluster time; without a lease only
    bool prev_kv = false;       // answer with the record that was there before
    bool ignore_value = false;  // keep the value; the key must exist, and `value` be empty
    bool ignore_lease = false;  // keep lease and ttl; the key must exist, and neither be given
};

struct Delete {
    std::string_view key;
    std::string_view range_end;
    bool prev_kv = false;
};

// Adds bytes at the end of a value; a missing key counts as an empty value. Keeps lease and ttl.
struct Append {
    std::string_view key;
    std::string_view value;
};

// The value is a decimal integer of 64 bits, as std::to_chars writes it; a missing key counts as 0. Keeps
// lease and ttl.
struct Increment {
    std::string_view key;
    std::int64_t delta = 1;
};

enum class SortOrder : std::uint8_t { none = 0, ascend = 1, descend = 2 };
enum class SortTarget : std::uint8_t { key = 0, version = 1, create = 2, mod = 3, value = 4 };

struct RangeQuery {
    std::string_view key;
    std::string_view range_end;
    std::uint64_t limit = 0;  // records wanted, after filters and sorting; 0 for all
    Revision revision{};      // as of when; none for now
    SortOrder sort_order = SortOrder::none;
    SortTarget sort_target = SortTarget::key;
    bool keys_only = false;
    bool count_only = false;
    Revision mod_revision_min{}, mod_revision_max{};  // filters, both inclusive; none: no bound
    Revision create_revision_min{}, create_revision_max{};
};

enum class Relation : std::uint8_t { equal = 0, greater = 1, less = 2, not_equal = 3 };
enum class CompareTarget : std::uint8_t { version = 0, create = 1, mod = 2, value = 3, lease = 4 };

// Holds for every key in the range. A range without keys compares as a record of zeros; its value equals
// nothing: a comparison of it is false, whatever the relation.
struct Compare {
    std::string_view key;
    std::string_view range_end;
    CompareTarget target = CompareTarget::version;
    Relation relation = Relation::equal;
    std::uint64_t number = 0;  // version, revision or lease
    std::string_view value;    // when target is value
};

struct Operation;

// All comparisons are made first, those of nested transactions too; then the operations of the branch run in
// order, and see what those before them did. One revision for all of them. Either all are applied or, when
// one cannot be, none.
struct Txn {
    std::vector<Compare> compares;
    std::vector<Operation> success;
    std::vector<Operation> failure;
};

struct Operation {
    std::variant<Put, Delete, Append, Increment, RangeQuery, Txn> body;
};

struct LeaseGrant {
    LeaseId lease;  // not none: whoever proposes it draws one
    std::chrono::milliseconds ttl{};
};
struct LeaseRevoke {
    LeaseId lease;
};
struct LeaseKeepAlive {
    LeaseId lease;
};

// Takes a place in the line for a name: the key NAME/LEASE (lease in hexadecimal), created with
// this lease unless it is there already; then nothing changes. Whose key of NAME/ has the lowest create
// revision holds the lock, or leads: the line is fair, and the create revision is a fencing token, greater
// than those of all holders before.
struct Campaign {
    std::string_view name;
    std::string_view value;
    LeaseId lease;
};

// Forgets what was overwritten or removed up to this revision, this one included: it can still be read, what
// was before it cannot.
struct Compact {
    Revision revision;
};

using Change = std::variant<Put, Delete, Append, Increment, Txn, LeaseGrant, LeaseRevoke, LeaseKeepAlive,
                            Compact, Campaign>;

struct Command {
    ClientId client;            // none: no session, a retry is applied again
    Sequence sequence;          // of this client, from 1
    Sequence first_unanswered;  // the lowest sequence whose answer the client still waits for; <= sequence
    Change operation;
};
[[nodiscard]] inline Command without_session(Change operation) {
    return {{}, {}, {}, std::move(operation)};
}

// --- answers -----------------------------------------------------------------------------------------------

struct PutAnswer {
    std::vector<KeyValue> previous;  // one or none
    friend bool operator==(const PutAnswer&, const PutAnswer&) = default;
};
struct DeleteAnswer {
    std::uint64_t deleted = 0;
    std::vector<KeyValue> previous;  // in byte order of their keys
    friend bool operator==(const DeleteAnswer&, const DeleteAnswer&) = default;
};
struct AppendAnswer {
    std::uint64_t bytes = 0;  // of the value afterwards
    friend bool operator==(const AppendAnswer&, const AppendAnswer&) = default;
};
struct IncrementAnswer {
    std::int64_t value = 0;  // afterwards
    friend bool operator==(const IncrementAnswer&, const IncrementAnswer&) = default;
};
struct RangeAnswer {
    std::vector<KeyValue> kvs;
    std::uint64_t count = 0;
    bool more = false;
    friend bool operator==(const RangeAnswer&, const RangeAnswer&) = default;
};
struct LeaseAnswer {
    LeaseId lease;
    std::chrono::milliseconds ttl{};  // granted; it may be longer than was asked for
    friend bool operator==(const LeaseAnswer&, const LeaseAnswer&) = default;
};

struct CampaignAnswer {
    std::string key;  // of the place in line
    Revision token;   // its create revision
    friend bool operator==(const CampaignAnswer&, const CampaignAnswer&) = default;
};

struct Answer;
struct TxnAnswer {
    bool succeeded = false;       // all comparisons held
    std::vector<Answer> answers;  // of the branch that was taken, in the order of its operations
    friend bool operator==(const TxnAnswer&, const TxnAnswer&) = default;
};
struct Answer {
    std::variant<PutAnswer, DeleteAnswer, AppendAnswer, IncrementAnswer, RangeAnswer, TxnAnswer, LeaseAnswer,
                 CampaignAnswer>
        body;
    friend bool operator==(const Answer&, const Answer&) = default;
};

// Whether the machine has looked at what was asked, and not only at the session: a retry gets the same.
[[nodiscard]] constexpr bool is_evaluated(Code code) {
    return code == Code::ok || code == Code::too_large ||
           (code >= Code::compacted && code <= Code::duplicate_key);
}

// What a command came to; kept per session, so that a retry gets the same one.
struct Outcome {
    // ok, stale_request, overloaded (too many sessions, or too much unanswered in one), key_not_found,
    // lease_not_found, lease_exists, wrong_type, overflow, compacted, future_revision, too_large (an answer).
    // With any but ok nothing was applied.
    Code code = Code::ok;
    Revision revision;          // of the write itself; of the map when nothing changed
    std::uint64_t deleted = 0;  // keys that a Delete removed
    // Of commands that have more to tell than the above: a Put or Delete with prev_kv, Append, Increment,
    // Txn, and those about leases. None for others, and with any code but ok.
    std::shared_ptr<const Answer> answer{};
    friend bool operator==(const Outcome& a, const Outcome& b) {
        return a.code == b.code && a.revision == b.revision && a.deleted == b.deleted &&
               (a.answer == b.answer || (a.answer && b.answer && *a.answer == *b.answer));
    }
};

}  // namespace kvbus::machine
