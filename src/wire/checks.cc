#include "wire/checks.h"

#include <string>
#include <utility>
#include <variant>

#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using Problem = std::optional<Error>;

Error invalid(std::string message) {
    return {Code::invalid_argument, std::move(message)};
}

Error unknown(std::string message) {
    return {Code::unsupported, std::move(message)};
}

Problem check_session(const machine::Command& command) {
    if (!command.client) return std::nullopt;
    if (!command.sequence) return invalid("sequence: 0, must be at least 1 when there is a client_id");
    if (!command.first_unanswered || command.first_unanswered > command.sequence) {
        return invalid("first_unanswered: " + std::to_string(command.first_unanswered.value) +
                       ", must be from 1 to the sequence, " + std::to_string(command.sequence.value));
    }
    return std::nullopt;
}

Problem check_keys(std::string_view key, std::string_view range_end = {}) {
    if (key.empty()) return invalid("key: empty, must have at least one byte");
    if (key.size() > limits::key_bytes_max) return too_large("key", key.size(), limits::key_bytes_max);
    if (range_end.size() > limits::key_bytes_max) {
        return too_large("range_end", range_end.size(), limits::key_bytes_max);
    }
    return std::nullopt;
}

Problem check_value(std::string_view value) {
    if (value.size() <= limits::value_bytes_max) return std::nullopt;
    return too_large("value", value.size(), limits::value_bytes_max);
}

Problem check_ttl(std::chrono::milliseconds ttl) {
    if (ttl.count() >= 0 && ttl.count() <= limits::ttl_ms_max) return std::nullopt;
    return invalid("ttl_ms: " + std::to_string(ttl.count()) + ", must be from 0 to " +
                   std::to_string(limits::ttl_ms_max));
}

// --- operations --------------------------------------------------------------------------------------------

// Walks through a command with the bounds that hold for all of it.
class Checker {
  public:
    Problem operator()(const machine::Put& put) {
        if (auto problem = check_value(put.value)) return problem;
        if (auto problem = check_keys(put.key)) return problem;
        if (auto problem = check_ttl(put.ttl)) return problem;
        const bool has_ttl = put.ttl.count() != 0;
        if (put.ignore_value && !put.value.empty())
            return invalid("value: must be empty with the option ignore_value");
        if (put.ignore_lease && put.lease) return invalid("lease: must be 0 with the option ignore_lease");
        if (put.ignore_lease && has_ttl) return invalid("ttl_ms: must be 0 with the option ignore_lease");
        if (put.lease && has_ttl) return invalid("ttl_ms: must be 0 when there is a lease");
        return std::nullopt;
    }
    Problem operator()(const machine::Delete& remove) { return check_keys(remove.key, remove.range_end); }
    Problem operator()(const machine::Append& append) {
        if (auto problem = check_value(append.value)) return problem;
        return check_keys(append.key);
    }
    Problem operator()(const machine::Increment& increment) { return check_keys(increment.key); }
    Problem operator()(const machine::RangeQuery& query) { return check_range(query); }
    Problem operator()(const machine::Txn& txn) {
        if (depth_ == limits::txn_depth_max) return too_deep();
        ++depth_;
        auto problem = check_list("compares", txn.compares);
        if (!problem) problem = check_list("success", txn.success);
        if (!problem) problem = check_list("failure", txn.failure);
        --depth_;
        return problem;
    }
    Problem operator()(const machine::LeaseGrant& grant) { return check_ttl(grant.ttl); }
    Problem operator()(const machine::LeaseRevoke& revoke) { return check_lease(revoke.lease); }
    Problem operator()(const machine::LeaseKeepAlive& keep_alive) { return check_lease(keep_alive.lease); }
    Problem operator()(const machine::Compact& compact) {
        if (compact.revision) return std::nullopt;
        return invalid("revision: 0, must be at least 1");
    }
    Problem operator()(const machine::Campaign& campaign) {
        if (auto problem = check_value(campaign.value)) return problem;
        if (campaign.name.empty()) return invalid("name: empty, must have at least one byte");
        if (campaign.name.size() > limits::name_of_line_bytes_max)
            return too_large("name", campaign.name.size(), limits::name_of_line_bytes_max);
        return check_lease(campaign.lease);
    }

  private:
    template <class Part>
    Problem check_list(std::string_view name, const std::vector<Part>& parts) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (++parts_ > limits::txn_parts_max) return too_many_parts();
            if (auto problem = check_part(parts[i])) return within(name, i, std::move(*problem));
        }
        return std::nullopt;
    }
    Problem check_part(const machine::Operation& operation) { return std::visit(*this, operation.body); }
    Problem check_part(const machine::Compare& compare) {
        if (compare.target > machine::CompareTarget::lease) return unknown_target();
        if (compare.relation > machine::Relation::not_equal)
            return unknown("relation: unknown, must be 0 equal, 1 greater, 2 less or 3 not equal");
        if (auto problem = check_value(compare.value)) return problem;
        return check_keys(compare.key, compare.range_end);
    }

    std::size_t depth_ = 0;
    std::size_t parts_ = 0;
};

}  // namespace

std::optional<Error> check_command(const machine::Command& command) {
    if (auto problem = check_session(command)) return problem;
    Checker checker;
    return std::visit([&](const auto& operation) { return checker(operation); }, command.operation);
}

std::optional<Error> check_range(const machine::RangeQuery& query) {
    if (query.sort_order > machine::SortOrder::descend)
        return unknown("sort_order: unknown, must be 0 none, 1 ascending or 2 descending");
    if (query.sort_target > machine::SortTarget::value) {
        return unknown(
            "sort_target: unknown, must be 0 key, 1 version, 2 create revision, 3 mod revision or 4 value");
    }
    return check_keys(query.key, query.range_end);
}

std::optional<Error> check_watch(const WatchRequest& watch) {
    if (!watch.from && watch.offset > 0)
        return invalid("offset: " + std::to_string(watch.offset) +
                       ", must be 0 when from is 0: it counts changes of that revision");
    if (watch.bytes_max > limits::watch_reply_bytes_max)
        return too_large("bytes_max", watch.bytes_max, limits::watch_reply_bytes_max);
    return check_keys(watch.key, watch.range_end);
}

std::optional<Error> check_lease(LeaseId lease) {
    if (lease) return std::nullopt;
    return invalid("lease: 0, must name a lease");
}

Error too_large(std::string_view field, std::size_t bytes, std::size_t bytes_max) {
    return {Code::too_large, std::string(field) + ": " + std::to_string(bytes) + " bytes, at most " +
                                 std::to_string(bytes_max)};
}

Error too_deep() {
    return {Code::too_large, "txn: more than " + std::to_string(limits::txn_depth_max) + " in each other"};
}

Error too_many_parts() {
    return {Code::too_large, "txn: more than " + std::to_string(limits::txn_parts_max) +
                                 " comparisons and operations, nested ones included"};
}

Error unknown_target() {
    return unknown(
        "target: unknown, must be 0 version, 1 create revision, 2 mod revision, 3 value or 4 lease");
}

Error within(std::string_view list, std::size_t index, Error error) {
    error.message = std::string(list) + "[" + std::to_string(index) + "]." + error.message;
    return error;
}

}  // namespace kvbus::wire
