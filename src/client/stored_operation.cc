#include "client/stored_operation.h"

#include "base/overloaded.h"
#include "client/watch_place.h"
#include "machine/machine.h"
#include "wire/checks.h"
#include "wire/request_type.h"

namespace kvbus::client {
namespace {

// The keys that a read is about.
struct KeySpan {
    std::string_view key;
    std::string_view range_end;
};
struct KeySpanOf {
    KeySpan operator()(const wire::RangeRequest& range) const {
        return {range.query.key, range.query.range_end};
    }
    KeySpan operator()(const wire::WatchRequest& watch) const { return {watch.key, watch.range_end}; }
    KeySpan operator()(const auto&) const { return {}; }
};
struct SetKeySpan {
    KeySpan span;
    void operator()(wire::RangeRequest& range) const {
        range.query.key = span.key;
        range.query.range_end = span.range_end;
    }
    void operator()(wire::WatchRequest& watch) const {
        watch.key = span.key;
        watch.range_end = span.range_end;
    }
    void operator()(auto&) const {}
};

constexpr std::size_t kept_buffer_bytes_max = 4 << 10;

void clear_buffer(std::string& buffer) {
    if (buffer.capacity() > kept_buffer_bytes_max) {
        buffer = {};
    } else {
        buffer.clear();
    }
}

Result<void> result_of(std::optional<Error> flaw) {
    if (flaw) return *std::move(flaw);
    return {};
}

wire::RequestType type_of(const Operation& operation) {
    return std::visit([](const auto& body) { return wire::type_of(body); }, operation);
}

}  // namespace

Result<void> validate(const Operation& operation) {
    return std::visit(
        Overloaded{[](const machine::Command& command) { return result_of(wire::check_command(command)); },
                   [](const wire::RangeRequest& range) { return result_of(wire::check_range(range.query)); },
                   [](const wire::WatchRequest& watch) { return result_of(wire::check_watch(watch)); },
                   [](const wire::LeaseStatusRequest& request) {
                       return result_of(wire::check_lease(request.lease));
                   },
                   [](const auto&) { return Result<void>{}; }},
        operation);
}

void StoredOperation::store(const Operation& operation) {
    type_ = type_of(operation);
    const auto* command = std::get_if<machine::Command>(&operation);
    is_write_ = command != nullptr;
    if (is_write_) {
        command_.assign(*command);
        bytes_ = command_.bytes();
        return;
    }
    read_ = operation;
    const KeySpan span = std::visit(KeySpanOf{}, operation);
    key_bytes_ = span.key.size();
    range_bytes_.assign(span.key).append(span.range_end);
    bytes_ = range_bytes_.size();
}

void StoredOperation::clear() {
    command_.clear();
    clear_buffer(range_bytes_);
    bytes_ = 0;
}

Operation StoredOperation::view() const {
    if (is_write_) return command_.view();
    Operation operation = read_;
    const std::string_view bytes = range_bytes_;
    std::visit(SetKeySpan{{bytes.substr(0, key_bytes_), bytes.substr(key_bytes_)}}, operation);
    return operation;
}

wire::Request StoredOperation::request(std::uint64_t id, std::uint32_t timeout_ms,
                                       const WriteSession& session) const {
    wire::Request request{.id = id, .timeout_ms = timeout_ms};
    std::visit([&](auto&& body) { request.body = std::move(body); }, view());
    if (auto* command = std::get_if<machine::Command>(&request.body)) {
        command->client = session.client;
        command->sequence = session.sequence;
        command->first_unanswered = session.first_unanswered;
    }
    return request;
}

bool StoredOperation::fits(const wire::Reply& reply) const {
    if (std::holds_alternative<Error>(reply.body)) return true;
    if (reply.head.type != type_) return false;
    switch (type_) {
        case wire::RequestType::range:
            return std::holds_alternative<machine::RangeAnswer>(reply.body);
        case wire::RequestType::status:
            return std::holds_alternative<wire::NodeStatus>(reply.body);
        case wire::RequestType::members:
            return std::holds_alternative<std::vector<Member>>(reply.body);
        case wire::RequestType::lease_status:
            return std::holds_alternative<wire::LeaseStatusReply>(reply.body);
        case wire::RequestType::leases:
            return std::holds_alternative<std::vector<LeaseId>>(reply.body);
        case wire::RequestType::snapshot:
            return std::holds_alternative<wire::SnapshotReply>(reply.body);
        case wire::RequestType::snapshot_chunk:
            return std::holds_alternative<wire::SnapshotChunkReply>(reply.body);
        case wire::RequestType::watch: {
            const auto* watched = std::get_if<wire::WatchReply>(&reply.body);
            return watched != nullptr && goes_on(std::get<wire::WatchRequest>(read_), *watched);
        }
        default:
            return is_write_ && std::holds_alternative<machine::Outcome>(reply.body);
    }
}

}  // namespace kvbus::client
