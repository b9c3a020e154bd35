// The output formats: each turns a result into text. No I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"

namespace kvbus::kvctl {

enum class Format { simple, table, json, fields, jsonl };

constexpr std::string_view format_names = "simple, table, json, fields or jsonl";
[[nodiscard]] std::optional<Format> parse_format(std::string_view name);
[[nodiscard]] std::string_view name_of(Format format);

struct Health {
    std::string endpoint;
    Duration took{};
    std::string error;  // empty: it serves

    [[nodiscard]] bool healthy() const { return error.empty(); }
};

// A lease as somebody asked for it.
struct LeaseView {
    LeaseStatus status;
    bool expired = false;  // it is not there; of the status, there is only the id
    bool with_keys = false;
};

// What a backup is of.
struct BackupView {
    std::uint64_t hash = 0;
    ClusterId cluster;
    std::string version;                // of the program that made it
    std::chrono::milliseconds taken{};  // since 1970
    Revision revision, compacted;
    std::uint64_t keys = 0;
    std::uint64_t bytes = 0;
    std::uint64_t state_hash = 0;
};

class Printer {
  public:
    virtual ~Printer() = default;
    [[nodiscard]] virtual std::string put(const PutResult& result) const = 0;
    [[nodiscard]] virtual std::string get(const GetResult& result, bool count_only) const = 0;
    [[nodiscard]] virtual std::string remove(const DeleteResult& result) const = 0;
    [[nodiscard]] virtual std::string append(const AppendResult& result) const = 0;
    [[nodiscard]] virtual std::string increment(const IncrementResult& result) const = 0;
    [[nodiscard]] virtual std::string txn(const Txn& asked, const TxnResult& result) const = 0;
    [[nodiscard]] virtual std::string compacted(const Done& done, Revision at) const = 0;
    [[nodiscard]] virtual std::string imported(std::uint64_t keys) const = 0;
    [[nodiscard]] virtual std::string lease_granted(const LeaseResult& result) const = 0;
    [[nodiscard]] virtual std::string lease_revoked(const Done& done, LeaseId lease) const = 0;
    [[nodiscard]] virtual std::string lease_kept_alive(const LeaseResult& result) const = 0;
    [[nodiscard]] virtual std::string lease_status(const LeaseView& view) const = 0;
    [[nodiscard]] virtual std::string leases(const LeaseList& list) const = 0;
    // Without events: how far the watch is.
    [[nodiscard]] virtual std::string watch(const WatchBatch& batch) const = 0;
    [[nodiscard]] virtual std::string history(const std::vector<WatchEvent>& changes) const = 0;
    [[nodiscard]] virtual std::string status(const std::vector<EndpointStatus>& nodes) const = 0;
    [[nodiscard]] virtual std::string hashes(const std::vector<EndpointStatus>& nodes) const = 0;
    [[nodiscard]] virtual std::string alarms(const std::vector<EndpointStatus>& nodes) const = 0;
    [[nodiscard]] virtual std::string health(const std::vector<Health>& endpoints) const = 0;
    [[nodiscard]] virtual std::string members(const MemberList& list) const = 0;
    [[nodiscard]] virtual std::string backup(const BackupView& backup) const = 0;
};

struct PrintOptions {
    Format format = Format::simple;
    bool chosen = false;       // by the user; else a command may prefer another format
    bool hex = false;          // keys and values as \xNN, in the formats for people
    bool text = false;         // keys and values as text where they are UTF-8, in JSON
    bool values_only = false;  // leave out the keys, in the simple format
};
[[nodiscard]] std::unique_ptr<Printer> make_printer(const PrintOptions& options);

[[nodiscard]] std::unique_ptr<Printer> make_simple_printer(bool hex, bool values_only);
[[nodiscard]] std::unique_ptr<Printer> make_table_printer(bool hex);
[[nodiscard]] std::unique_ptr<Printer> make_json_printer(bool text);
[[nodiscard]] std::unique_ptr<Printer> make_json_lines_printer(bool text);
[[nodiscard]] std::unique_ptr<Printer> make_fields_printer();

// What the formats share.
// The answer's header with the revision of the write itself: the node may have gone on since.
[[nodiscard]] Header header_at(Header header, Revision revision);
// What one operation of a txn gave, as the command of its own prints it.
[[nodiscard]] std::vector<std::string> printed_results(const Printer& printer, const Txn& asked,
                                                       const TxnResult& result);
[[nodiscard]] std::string alarm_types(const EndpointStatus& node);  // "NOSPACE, MEMORY"
[[nodiscard]] std::string_view state_of(const Member& member);      // "started", or "unstarted"
[[nodiscard]] std::string_view type_of(const WatchEvent& event);    // "PUT" or "DELETE"
// What there is after a revision's changes: the last revision that a batch is about.
[[nodiscard]] Revision progress_of(const WatchBatch& batch);

}  // namespace kvbus::kvctl
