// What can be asked of the keys: options and results of the client's calls, and transactions made of them.
// Plain values: copy them, share them between threads freely.
//
//     // Take a name if it is free, else see who has it.
//     kvbus::Txn txn;
//     txn.compares = {kvbus::create_revision_of("name", kvbus::Relation::equal, 0)};
//     txn.success = {{kvbus::TxnPut{"name", "me"}}};
//     txn.failure = {{kvbus::TxnGet{"name"}}};
//
// Ranges are etcd's: an empty `range_end` means the key alone, "\0" all keys from the key on, anything else
// all keys from the key up to, and without, the range end. prefix_end() makes one for a prefix.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kvbus/types.h>

namespace kvbus {

// The `range_end` that makes an operation cover every key that starts with `prefix`.
[[nodiscard]] std::string prefix_end(std::string_view prefix);

// --- options -----------------------------------------------------------------------------------------------

struct PutOptions {
    LeaseId lease{};                  // the key is removed when it expires or is revoked; none: never
    std::chrono::milliseconds ttl{};  // > 0: the key is removed after that; not together with a lease
    bool prev_kv = false;             // tell what was there before
    bool ignore_value = false;        // keep the value; the key must exist, and the value given be empty
    bool ignore_lease = false;        // keep lease and ttl; the key must exist, and neither be given
};

enum class SortOrder : std::uint8_t { none, ascend, descend };
enum class SortTarget : std::uint8_t { key, version, create_revision, mod_revision, value };

struct GetOptions {
    std::string range_end{};
    std::uint64_t limit = 0;    // 0: all
    bool serializable = false;  // from the answering node's own map, which may be behind
    bool keys_only = false;     // values stay empty
    bool count_only = false;    // kvs stays empty
    Revision revision{};        // as of when; none: now
    SortOrder sort_order = SortOrder::none;
    SortTarget sort_target = SortTarget::key;
    Revision mod_revision_min{}, mod_revision_max{};  // only such keys, both bounds included; none: no bound
    Revision create_revision_min{}, create_revision_max{};
};

struct DeleteOptions {
    std::string range_end{};
    bool prev_kv = false;  // tell what was removed
};

// --- results -----------------------------------------------------------------------------------------------

struct PutResult {
    Header header;
    Revision revision;                   // of this write
    std::optional<KeyValue> previous{};  // with prev_kv: what was there before
};

struct GetResult {
    Header header;
    std::vector<KeyValue> kvs;  // in byte order of their keys, unless asked otherwise
    std::uint64_t count = 0;    // keys in the range, whatever the limit and the filters
    bool more = false;          // the limit cut the range short
};

struct DeleteResult {
    Header header;
    Revision revision;                 // of this write; of the map when nothing was deleted
    std::uint64_t deleted = 0;         // keys
    std::vector<KeyValue> previous{};  // with prev_kv: what was removed, in byte order of the keys
};

struct AppendResult {
    Header header;
    Revision revision;
    std::uint64_t bytes = 0;  // of the value afterwards
};

struct IncrementResult {
    Header header;
    Revision revision;
    std::int64_t value = 0;  // afterwards
};

// --- transactions ------------------------------------------------------------------------------------------

enum class Relation : std::uint8_t { equal, greater, less, not_equal };
enum class CompareTarget : std::uint8_t { version, create_revision, mod_revision, value, lease };

// Holds for every key in the range. Of no key, everything is 0; but a comparison of its value never holds.
struct Compare {
    std::string key;
    std::string range_end{};
    CompareTarget target = CompareTarget::version;
    Relation relation = Relation::equal;
    std::uint64_t number = 0;  // unless the target is the value
    std::string value{};
};
[[nodiscard]] Compare version_of(std::string key, Relation relation, std::uint64_t version);
[[nodiscard]] Compare create_revision_of(std::string key, Relation relation, std::uint64_t revision);
[[nodiscard]] Compare mod_revision_of(std::string key, Relation relation, std::uint64_t revision);
[[nodiscard]] Compare value_of(std::string key, Relation relation, std::string value);
[[nodiscard]] Compare lease_of(std::string key, Relation relation, LeaseId lease);

struct TxnPut {
    std::string key;
    std::string value;
    PutOptions options{};
};
struct TxnGet {
    std::string key;
    GetOptions options{};  // serializable counts for nothing
};
struct TxnRemove {
    std::string key;
    DeleteOptions options{};
};
struct TxnAppend {
    std::string key;
    std::string value;
};
struct TxnIncrement {
    std::string key;
    std::int64_t delta = 1;
};

struct TxnOperation;

// All comparisons are made first, those of nested transactions too; then the operations of one branch, in
// order, in one revision: all of them or none. No key may be written twice in a branch, with what is nested
// in it.
struct Txn {
    std::vector<Compare> compares;
    std::vector<TxnOperation> success;  // when all comparisons hold
    std::vector<TxnOperation> failure;  // else
};

struct TxnOperation {
    std::variant<TxnPut, TxnGet, TxnRemove, TxnAppend, TxnIncrement, Txn> body;
};

struct TxnOperationResult;
struct TxnResult {
    Header header;
    Revision revision;  // of this write; of the map when nothing was written
    bool succeeded = false;
    std::vector<TxnOperationResult> results;  // of the branch that was taken, in the order of its operations
};
struct TxnOperationResult {
    std::variant<PutResult, GetResult, DeleteResult, AppendResult, IncrementResult, TxnResult> body;
};

// --- leases ------------------------------------------------------------------------------------------------

// Leases end by cluster time, which pauses while there is no leader: a change of leaders never shortens one.
struct LeaseResult {
    Header header;
    LeaseId lease;
    std::chrono::milliseconds ttl{};  // at least what was asked for
};

struct LeaseStatus {
    Header header;
    LeaseId lease;
    std::chrono::milliseconds granted{};
    std::chrono::milliseconds left{};
    std::vector<std::string> keys;  // if wanted, in byte order
};

struct LeaseList {
    Header header;
    std::vector<LeaseId> leases;
};

struct Candidacy {  // the first place in a line
    Header header;
    std::string key;  // NAME/LEASE, the lease in hexadecimal
    Revision token;   // the key's create revision, which grows from holder to holder
};

struct Done {  // there is nothing else to tell
    Header header;
    Revision revision;  // of this write; of the map when nothing was written
};

}  // namespace kvbus
