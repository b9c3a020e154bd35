#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "wire/client_frames.h"
#include "wire/command_fields.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/limits.h"
#include "wire/pack.h"

namespace kvbus::wire {
namespace {

// The bits of a range request's options.
constexpr std::uint64_t serializable = 1;
constexpr std::uint64_t keys_only = 2;
constexpr std::uint64_t count_only = 4;
constexpr std::uint64_t options_known = serializable | keys_only | count_only;

constexpr std::size_t head_field_count = 4;
constexpr std::size_t range_field_count = 4;

// --- writing -----------------------------------------------------------------------------------------------

void pack_head(Packer& packer, const Request& request, RequestType type, std::size_t further_fields) {
    packer.array(head_field_count + further_fields);
    packer.uint(protocol_version);
    packer.uint(static_cast<std::uint64_t>(type));
    packer.uint(request.id);
    packer.uint(request.timeout_ms);
}

struct RequestWriter {
    Packer packer;
    const Request& request;

    void operator()(const machine::Command& command) {
        const bool is_put = std::holds_alternative<machine::Put>(command.operation);
        pack_head(packer, request, is_put ? RequestType::put : RequestType::remove, command_field_count);
        pack_command_fields(packer, command);
    }
    void operator()(const RangeRequest& range) {
        pack_head(packer, request, RequestType::range, range_field_count);
        packer.bytes(range.key);
        packer.bytes(range.range_end);
        packer.uint(range.limit);
        packer.uint((range.serializable ? serializable : 0) | (range.keys_only ? keys_only : 0) |
                    (range.count_only ? count_only : 0));
    }
    void operator()(const StatusRequest&) { pack_head(packer, request, RequestType::status, 0); }
    void operator()(const MembersRequest&) { pack_head(packer, request, RequestType::members, 0); }
};

// --- reading -----------------------------------------------------------------------------------------------

// The fields by their position in the array, for messages.
std::string_view field_name(std::optional<RequestType> type, std::size_t position) {
    constexpr std::array<std::string_view, head_field_count> head{"version", "type", "request_id",
                                                                  "timeout_ms"};
    constexpr std::array<std::string_view, command_field_count> command{"client_id", "sequence",
                                                                        "first_unanswered", "key", ""};
    constexpr std::array<std::string_view, range_field_count> range{"key", "range_end", "limit", "options"};

    if (position - 1 < head.size()) return head[position - 1];
    const std::size_t further = position - 1 - head.size();
    if (type == RequestType::range && further < range.size()) return range[further];
    if (type != RequestType::put && type != RequestType::remove) return "";
    if (further + 1 < command.size()) return command[further];
    return type == RequestType::put ? "value" : "range_end";
}

Error wrong_field(std::optional<RequestType> type, std::size_t position) {
    return {Code::malformed, "request: field " + std::to_string(position) + ", " +
                                 std::string(field_name(type, position)) +
                                 ", is missing or of the wrong type"};
}

std::optional<Error> read_range(Fields& fields, RangeRequest& range) {
    range.key = fields.bytes();
    range.range_end = fields.bytes_or({});
    range.limit = fields.uint_or(0);
    const std::uint64_t options = fields.uint_or(0);
    range.serializable = (options & serializable) != 0;
    range.keys_only = (options & keys_only) != 0;
    range.count_only = (options & count_only) != 0;
    if (!fields.ok()) return std::nullopt;  // reported by its position
    if ((options & ~options_known) != 0) {
        return Error{Code::unsupported, "options: " + std::to_string(options) +
                                            ", this node knows the bits of " + std::to_string(options_known)};
    }
    return check_range(range.key, range.range_end);
}

std::optional<Error> read_command_body(Fields& fields, const machine::Command& command) {
    return fields.ok() ? check_command(command) : std::nullopt;
}

std::optional<Error> read_body(Fields& fields, RequestType type, Request& request) {
    switch (type) {
        case RequestType::put:
            return read_command_body(fields, request.body.emplace<machine::Command>(read_put_fields(fields)));
        case RequestType::remove:
            return read_command_body(fields,
                                     request.body.emplace<machine::Command>(read_delete_fields(fields)));
        case RequestType::range:
            return read_range(fields, request.body.emplace<RangeRequest>());
        case RequestType::status:
            request.body.emplace<StatusRequest>();
            return std::nullopt;
        case RequestType::members:
            request.body.emplace<MembersRequest>();
            return std::nullopt;
    }
    __builtin_unreachable();
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
        type > static_cast<std::uint64_t>(RequestType::members)) {
        return Error{Code::unsupported,
                     "type: " + std::to_string(type) +
                         ", this node knows 1 put, 2 remove, 3 range, 4 status and 5 members"};
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
    Request request;
    BadRequest bad;
    std::optional<Error> error = read_request(fields, request, bad);
    if (!fields.ok()) {
        error = fields.position() == 0 ? Error{Code::malformed, "request: not a msgpack array"}
                                       : wrong_field(bad.type, fields.position());
        rest_ = after_one_array(bytes);
    } else {
        fields.finish();
        rest_ = cursor.rest();
        if (!fields.ok()) error = Error{Code::malformed, "request: not msgpack after its last known field"};
    }
    const std::size_t size = bytes.size() - rest_.size();
    if (!error && size > limits::request_bytes_max)
        error = too_large("request", size, limits::request_bytes_max);
    if (!error) return request;
    bad.error = std::move(*error);
    return bad;
}

}  // namespace kvbus::wire
