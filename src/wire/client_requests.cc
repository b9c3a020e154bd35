#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "wire/checks.h"
#include "wire/client_frames.h"
#include "wire/command_fields.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/limits.h"
#include "wire/pack.h"
#include "wire/snapshot_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t request_head_fields = 4;
constexpr std::size_t lease_status_field_count = 2;
constexpr std::size_t watch_field_count = 6;
constexpr std::size_t snapshot_field_count = 1;

// --- writing -----------------------------------------------------------------------------------------------

void pack_head(Packer& packer, const Request& request, RequestType type, std::size_t further_fields) {
    packer.array(request_head_fields + further_fields);
    packer.uint(protocol_version);
    packer.uint(static_cast<std::uint64_t>(type));
    packer.uint(request.id);
    packer.uint(request.timeout_ms);
}

std::uint64_t options_of(const WatchRequest& watch) {
    return (watch.prev_kv ? watch_option::prev_kv : 0) | (watch.keys_only ? watch_option::keys_only : 0) |
           (watch.no_put ? watch_option::no_put : 0) | (watch.no_delete ? watch_option::no_delete : 0) |
           (watch.no_wait ? watch_option::no_wait : 0);
}

struct RequestWriter {
    Packer packer;
    const Request& request;

    void operator()(const machine::Command& command) {
        pack_head(packer, request, type_of(command), field_count(command));
        pack_fields(packer, command);
    }
    void operator()(const RangeRequest& range) {
        pack_head(packer, request, RequestType::range, field_count(range.query));
        pack_fields(packer, range.query, range.serializable);
    }
    void operator()(const LeaseStatusRequest& status) {
        pack_head(packer, request, RequestType::lease_status, lease_status_field_count);
        packer.uint(status.lease.value);
        packer.uint(status.with_keys ? lease_status_option::keys : 0);
    }
    void operator()(const WatchRequest& watch) {
        pack_head(packer, request, RequestType::watch, watch_field_count);
        packer.bytes(watch.key);
        packer.bytes(watch.range_end);
        packer.uint(watch.from.value);
        packer.uint(watch.offset);
        packer.uint(options_of(watch));
        packer.uint(watch.bytes_max);
    }
    void operator()(const SnapshotRequest& snapshot) {
        pack_head(packer, request, RequestType::snapshot, snapshot_field_count);
        packer.uint(snapshot.at_least.value);
    }
    void operator()(const SnapshotChunkRequest& snapshot) {
        pack_head(packer, request, RequestType::snapshot_chunk, chunk_name_fields);
        pack_chunk_name(packer, snapshot.chunk);
    }
    void operator()(const LeasesRequest&) { pack_head(packer, request, RequestType::leases, 0); }
    void operator()(const StatusRequest&) { pack_head(packer, request, RequestType::status, 0); }
    void operator()(const MembersRequest&) { pack_head(packer, request, RequestType::members, 0); }
};

// --- reading -----------------------------------------------------------------------------------------------

// The fields by their position in the array, for messages.
std::string_view field_name(std::optional<RequestType> type, std::size_t position) {
    constexpr std::array<std::string_view, request_head_fields> head{"version", "type", "request_id",
                                                                     "timeout_ms"};
    constexpr std::array<std::string_view, session_field_count> session{"client_id", "sequence",
                                                                        "first_unanswered"};

    std::size_t index = position - 1;
    if (index < head.size()) return head[index];
    index -= head.size();
    if (!type) return "";
    if (is_command(*type)) {
        if (index < session.size()) return session[index];
        index -= session.size();
    }
    const auto names = field_names(*type);
    return index < names.size() ? names[index] : "";
}

Error wrong_field(std::optional<RequestType> type, std::size_t position) {
    return {Code::malformed, "request: field " + std::to_string(position) + ", " +
                                 std::string(field_name(type, position)) +
                                 ", is missing or of the wrong type"};
}

void read_lease_status(Fields& fields, Decoding& decoding, LeaseStatusRequest& status) {
    status.lease = LeaseId{fields.uint()};
    const std::uint64_t options = decoding.options(fields, lease_status_option::known);
    status.with_keys = (options & lease_status_option::keys) != 0;
}

void read_watch(Fields& fields, Decoding& decoding, WatchRequest& watch) {
    watch.key = fields.bytes();
    watch.range_end = fields.bytes_or({});
    watch.from = Revision{fields.uint_or(0)};
    watch.offset = fields.uint_or(0);
    const std::uint64_t options = decoding.options(fields, watch_option::known);
    watch.prev_kv = (options & watch_option::prev_kv) != 0;
    watch.keys_only = (options & watch_option::keys_only) != 0;
    watch.no_put = (options & watch_option::no_put) != 0;
    watch.no_delete = (options & watch_option::no_delete) != 0;
    watch.no_wait = (options & watch_option::no_wait) != 0;
    watch.bytes_max = fields.uint_or(0);
}

std::optional<Error> check(const Request& request) {
    if (const auto* command = std::get_if<machine::Command>(&request.body)) return check_command(*command);
    if (const auto* range = std::get_if<RangeRequest>(&request.body)) return check_range(range->query);
    if (const auto* status = std::get_if<LeaseStatusRequest>(&request.body))
        return check_lease(status->lease);
    if (const auto* watch = std::get_if<WatchRequest>(&request.body)) return check_watch(*watch);
    return std::nullopt;
}

std::optional<Error> read_body(Fields& fields, RequestType type, Request& request) {
    Decoding decoding;
    if (is_command(type))
        read_command_fields(fields, type, decoding, request.body.emplace<machine::Command>());
    switch (type) {
        case RequestType::range:
            request.body.emplace<RangeRequest>(read_range_request(fields, decoding));
            break;
        case RequestType::status:
            request.body.emplace<StatusRequest>();
            break;
        case RequestType::members:
            request.body.emplace<MembersRequest>();
            break;
        case RequestType::lease_status:
            read_lease_status(fields, decoding, request.body.emplace<LeaseStatusRequest>());
            break;
        case RequestType::leases:
            request.body.emplace<LeasesRequest>();
            break;
        case RequestType::watch:
            read_watch(fields, decoding, request.body.emplace<WatchRequest>());
            break;
        case RequestType::snapshot:
            request.body.emplace<SnapshotRequest>(Index{fields.uint_or(0)});
            break;
        case RequestType::snapshot_chunk:
            request.body.emplace<SnapshotChunkRequest>(read_chunk_name(fields));
            break;
        default:
            break;
    }
    if (!fields.ok()) return std::move(decoding.error);  // or reported by its position
    return check(request);
}

// One request. What could be learned of it before something was wrong with it is left in `bad`, to address
// the answer.
std::optional<Error> read_request(Fields& fields, Request& request, BadRequest& bad) {
    // The first three fields stand here in every version of the protocol.
    const std::uint64_t version = fields.uint();
    const std::uint64_t type = fields.uint();
    request.id = fields.uint();
    if (!fields.ok()) return std::nullopt;
    bad.id = request.id;
    if (version != protocol_version) {
        return Error{Code::unsupported, "version: " + std::to_string(version) +
                                            ", this node speaks version " + std::to_string(protocol_version)};
    }
    if (type < static_cast<std::uint64_t>(RequestType::put) ||
        type > static_cast<std::uint64_t>(RequestType::snapshot_chunk)) {
        return Error{Code::unsupported,
                     "type: " + std::to_string(type) +
                         ", this node knows 1 put, 2 remove, 3 range, 4 status, 5 "
                         "members, 6 append, 7 increment, 8 txn, 9 lease_grant, 10 "
                         "lease_revoke, 11 lease_keep_alive, 12 compact, 13 lease_status, "
                         "14 leases, 15 watch, 16 campaign, 17 snapshot and 18 snapshot_chunk"};
    }
    bad.type = static_cast<RequestType>(type);
    const std::uint64_t timeout_ms = fields.uint();
    request.timeout_ms = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(timeout_ms, std::numeric_limits<std::uint32_t>::max()));
    return read_body(fields, *bad.type, request);
}

// What follows the first value of `bytes`; nothing when that is no msgpack.
std::string_view after_one_array(std::string_view bytes) {
    Cursor cursor(bytes);
    Fields(cursor).finish();
    return cursor.rest();
}

}  // namespace

void append_request(std::string& out, const Request& request) {
    std::visit(RequestWriter{Packer(out), request}, request.body);
}

std::variant<Request, BadRequest> RequestReader::next() {
    const std::string_view bytes = rest_;
    Cursor cursor(bytes);
    Fields fields(cursor);
    std::variant<Request, BadRequest> result;  // filled in place: a request is large to move
    Request& request = std::get<Request>(result);
    BadRequest bad;
    std::optional<Error> error = read_request(fields, request, bad);
    if (!fields.ok() && !error) {
        error = fields.position() == 0 ? Error{Code::malformed, "request: not a msgpack array"}
                                       : wrong_field(bad.type, fields.position());
    }
    if (error) {
        rest_ = after_one_array(bytes);
    } else {
        fields.finish();
        rest_ = cursor.rest();
        if (!fields.ok()) error = Error{Code::malformed, "request: not msgpack after its last known field"};
    }
    const std::size_t size = bytes.size() - rest_.size();
    if (!error && size > limits::request_bytes_max)
        error = too_large("request", size, limits::request_bytes_max);
    if (error) {
        bad.error = std::move(*error);
        result = std::move(bad);
    }
    return result;
}

}  // namespace kvbus::wire
