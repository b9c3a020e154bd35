#include "client/stored_operation.h"

#include <algorithm>

#include "wire/limits.h"

namespace kvbus::client {
namespace {

constexpr std::size_t kept_buffer_bytes_max = 4 << 10;

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

Error too_large(std::string_view what, std::size_t bytes, std::size_t bytes_max) {
    return {Code::too_large, "the " + std::string(what) + " has " + std::to_string(bytes) +
                                 " bytes; at most " + std::to_string(bytes_max) + " are allowed"};
}

Result<void> validate_keys(std::string_view key, std::string_view range_end) {
    using wire::limits::key_bytes_max;
    if (key.empty()) {
        return Error{Code::invalid_argument,
                     "the key is empty; it takes 1 to " + std::to_string(key_bytes_max) + " bytes"};
    }
    if (key.size() > key_bytes_max) return too_large("key", key.size(), key_bytes_max);
    if (range_end.size() > key_bytes_max) return too_large("range end", range_end.size(), key_bytes_max);
    return {};
}

}  // namespace

Result<void> validate(const Operation& operation) {
    return std::visit(
        Overloaded{[](const machine::Put& put) -> Result<void> {
                       using wire::limits::value_bytes_max;
                       if (put.value.size() > value_bytes_max)
                           return too_large("value", put.value.size(), value_bytes_max);
                       return validate_keys(put.key, {});
                   },
                   [](const machine::Delete& remove) { return validate_keys(remove.key, remove.range_end); },
                   [](const wire::RangeRequest& range) { return validate_keys(range.key, range.range_end); },
                   [](const auto&) { return Result<void>{}; }},
        operation);
}

void StoredOperation::store(const Operation& operation) {
    const auto keep = [this](wire::RequestType type, std::string_view key, std::string_view rest) {
        type_ = type;
        key_bytes_ = key.size();
        bytes_.reserve(key.size() + rest.size());
        bytes_.assign(key);
        bytes_.append(rest);
    };
    std::visit(Overloaded{[&](const machine::Put& put) { keep(wire::RequestType::put, put.key, put.value); },
                          [&](const machine::Delete& remove) {
                              keep(wire::RequestType::remove, remove.key, remove.range_end);
                          },
                          [&](const wire::RangeRequest& range) {
                              keep(wire::RequestType::range, range.key, range.range_end);
                              limit_ = range.limit;
                              serializable_ = range.serializable;
                              keys_only_ = range.keys_only;
                              count_only_ = range.count_only;
                          },
                          [&](const wire::StatusRequest&) { keep(wire::RequestType::status, {}, {}); },
                          [&](const wire::MembersRequest&) { keep(wire::RequestType::members, {}, {}); }},
               operation);
}

void StoredOperation::clear() {
    if (bytes_.capacity() > kept_buffer_bytes_max) {
        bytes_ = {};
    } else {
        bytes_.clear();
    }
}

Operation StoredOperation::view() const {
    const std::string_view key = std::string_view(bytes_).substr(0, key_bytes_);
    const std::string_view rest = std::string_view(bytes_).substr(key_bytes_);
    switch (type_) {
        case wire::RequestType::put:
            return machine::Put{key, rest};
        case wire::RequestType::remove:
            return machine::Delete{key, rest};
        case wire::RequestType::range:
            return wire::RangeRequest{key, rest, limit_, serializable_, keys_only_, count_only_};
        case wire::RequestType::status:
            return wire::StatusRequest{};
        case wire::RequestType::members:
            break;
    }
    return wire::MembersRequest{};
}

wire::Request StoredOperation::request(std::uint64_t id, std::uint32_t timeout_ms,
                                       const WriteSession& session) const {
    const auto command = [&](const auto& operation) -> wire::Request {
        return {id, timeout_ms,
                machine::Command{session.client, session.sequence, session.first_unanswered, operation}};
    };
    return std::visit(Overloaded{[&](const machine::Put& put) { return command(put); },
                                 [&](const machine::Delete& remove) { return command(remove); },
                                 [&](const auto& other) {
                                     return wire::Request{id, timeout_ms, other};
                                 }},
                      view());
}

bool StoredOperation::fits(const wire::Reply& reply) const {
    if (std::holds_alternative<Error>(reply.body)) return true;
    if (reply.head.type != type_) return false;
    switch (type_) {
        case wire::RequestType::put:
        case wire::RequestType::remove:
            return std::holds_alternative<machine::Outcome>(reply.body);
        case wire::RequestType::range:
            return std::holds_alternative<wire::RangeReply>(reply.body);
        case wire::RequestType::status:
            return std::holds_alternative<wire::NodeStatus>(reply.body);
        case wire::RequestType::members:
            return std::holds_alternative<std::vector<Member>>(reply.body);
    }
    return false;
}

}  // namespace kvbus::client
