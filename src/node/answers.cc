#include "node/answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "wire/limits.h"

namespace kvbus::node {
namespace {

std::string_view explain(Code code) {
    switch (code) {
        case Code::stale_request:
            return "sequence: already answered, and the answer forgotten; never applied again";
        case Code::overloaded:
            return "session: too many sessions, or too many unanswered writes in this one; try again later";
        default:
            return name_of(code);
    }
}

std::uint64_t bytes_of(const machine::RangeResult& result, bool keys_only) {
    std::uint64_t bytes = 0;
    for (const auto& record : result.records) {
        bytes += record.key.size() + (keys_only ? 0 : record.value.size()) + 40;
    }
    return bytes;
}

}  // namespace

void Answers::outcome(const Asker& asker, const machine::Outcome& outcome) {
    if (outcome.code != Code::ok) {
        error(asker, outcome.code, explain(outcome.code));
    } else if (asker.forwarded_by) {
        forwarded_[asker.forwarded_by].outcomes.push_back({asker.id, outcome, {}});
    } else {
        // The map has the write already, or will have it once the leader's word arrives here too.
        auto about = head(asker);
        about.header.revision = std::max(about.header.revision, outcome.revision);
        wire::append_write_reply(replies_.open(asker.route), about, outcome);
    }
}

void Answers::error(const Asker& asker, Code code, std::string_view message) {
    if (asker.forwarded_by) {
        forwarded_[asker.forwarded_by].outcomes.push_back({asker.id, {code, {}, 0}, std::string(message)});
    } else {
        wire::append_error_reply(replies_.open(asker.route), head(asker), code, message);
    }
}

void Answers::range(const Asker& asker, const machine::Machine& machine, const wire::RangeRequest& request) {
    const auto result = machine.range({.key = request.key,
                                       .range_end = request.range_end,
                                       .limit = request.limit,
                                       .count_only = request.count_only});
    const auto bytes = bytes_of(result, request.keys_only);
    if (bytes > wire::limits::reply_bytes_max) {
        error(asker, Code::too_large,
              "range: the answer takes " + std::to_string(bytes >> 20) + " MiB, at most " +
                  std::to_string(wire::limits::reply_bytes_max >> 20) +
                  " MiB; narrow the range or give a limit");
        return;
    }
    const bool more = !request.count_only && result.records.size() < result.count;
    wire::append_range_reply(replies_.open(asker.route), head(asker), result, request.keys_only, more);
}

void Answers::status(const Asker& asker, const wire::NodeStatus& status) {
    wire::append_status_reply(replies_.open(asker.route), head(asker), status);
}

void Answers::members(const Asker& asker, const std::vector<Member>& members) {
    wire::append_members_reply(replies_.open(asker.route), head(asker), members);
}

std::map<NodeId, wire::ForwardReply> Answers::take_forwarded() {
    return std::exchange(forwarded_, {});
}

}  // namespace kvbus::node
