#include "node/answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "wire/limits.h"

namespace kvbus::node {
namespace {

// Answers share a frame up to this; a larger one goes alone.
constexpr std::size_t forwarded_bytes_max = 4 << 20;
static_assert(machine::Limits{}.value_bytes_max == wire::limits::value_bytes_max);
static_assert(machine::Limits{}.range_bytes_max <= wire::limits::reply_bytes_max);
static_assert(machine::Limits{}.answer_bytes_max + forwarded_bytes_max <= wire::limits::peer_frame_bytes_max);

std::string_view explain(Code code) {
    switch (code) {
        case Code::stale_request:
            return "sequence: already answered, and the answer forgotten; never applied again";
        case Code::overloaded:
            return "session: too many sessions, or too many unanswered writes in this one; try again later";
        case Code::key_not_found:
            return "key: there is none of this name, so it has no value or lease to keep";
        case Code::lease_not_found:
            return "lease: there is none with this id; it expired, was revoked, or was never granted";
        case Code::lease_exists:
            return "lease: the id is taken; choose another, or none to have one drawn";
        case Code::wrong_type:
            return "value: not a decimal integer of 64 bits, so it cannot be incremented";
        case Code::overflow:
            return "value: the result would be beyond 64 bits, or longer than a value may be";
        case Code::compacted:
            return "revision: compacted, no longer held";
        case Code::future_revision:
            return "revision: not reached yet";
        case Code::too_large:
            return "the answer would be too large; ask for less of it";
        default:
            return name_of(code);
    }
}

std::string explain(Code code, const machine::Machine& machine, const machine::RangeQuery& query) {
    if (code == Code::too_large) {
        return "range: the answer would take more than " +
               std::to_string(machine::Limits{}.range_bytes_max >> 20) +
               " MiB; narrow the range, or give a limit and go on from the last key";
    }
    if (code == Code::compacted) {
        return "revision: " + std::to_string(query.revision.value) +
               " is compacted; the first that is held is " + std::to_string(machine.compacted().value);
    }
    return "revision: " + std::to_string(query.revision.value) + " is not reached yet; the store is at " +
           std::to_string(machine.revision().value);
}

constexpr std::uint64_t number_bytes_max = 9;  // of any integer in msgpack

}  // namespace

void Answers::outcome(const Asker& asker, const machine::Outcome& outcome) {
    if (outcome.code != Code::ok) {
        error(asker, outcome.code, explain(outcome.code));
    } else if (asker.forwarded_by) {
        add_forwarded(asker.forwarded_by, {asker.id, outcome, {}});
    } else {
        // The map has the write already, or will have it once the leader's word arrives here too.
        auto about = head(asker);
        about.header.revision = std::max(about.header.revision, outcome.revision);
        wire::append_write_reply(replies_.open(asker.route), about, outcome);
    }
}

void Answers::error(const Asker& asker, Code code, std::string_view message, Revision first_revision) {
    if (asker.forwarded_by) {
        add_forwarded(asker.forwarded_by, {asker.id, {code, {}, 0, {}}, std::string(message)});
    } else {
        wire::append_error_reply(replies_.open(asker.route), head(asker), code, message, first_revision);
    }
}

void Answers::query(const Asker& asker, const machine::Machine& machine, const wire::RangeRequest& request) {
    const auto result = machine.range(request.query);
    if (result.code != Code::ok)
        return error(asker, result.code, explain(result.code, machine, request.query),
                     result.code == Code::compacted ? machine.compacted() : Revision{});
    wire::append_range_reply(replies_.open(asker.route), head(asker), result, request.query.keys_only);
}

void Answers::query(const Asker& asker, const machine::Machine& machine,
                    const wire::LeaseStatusRequest& request) {
    const auto status = machine.lease(request.lease, request.with_keys);
    if (!status) return error(asker, Code::lease_not_found, explain(Code::lease_not_found));
    std::size_t bytes = 0;
    for (const std::string_view key : status->keys)
        bytes += key.size() + number_bytes_max;
    if (bytes > wire::limits::reply_bytes_max)
        return error(asker, Code::too_large, "lease: its keys do not fit one answer; ask without them");
    wire::append_lease_status_reply(replies_.open(asker.route), head(asker), *status);
}

void Answers::query(const Asker& asker, const machine::Machine& machine, const wire::LeasesRequest&) {
    if (machine.lease_count() * number_bytes_max > wire::limits::reply_bytes_max)
        return error(asker, Code::too_large, "leases: there are too many for one answer");
    wire::append_leases_reply(replies_.open(asker.route), head(asker), machine.leases());
}

void Answers::watch(const Asker& asker, const wire::WatchReplyBuilder& reply, Revision next,
                    std::uint64_t next_offset) {
    reply.append_to(replies_.open(asker.route), head(asker), next, next_offset);
}

void Answers::snapshot(const Asker& asker, Index at_least, std::string_view manifest) {
    wire::append_snapshot_reply(replies_.open(asker.route), head(asker), at_least, manifest);
}

void Answers::snapshot_chunk(const Asker& asker, const wire::ChunkReply& chunk) {
    wire::append_snapshot_chunk_reply(replies_.open(asker.route), head(asker), chunk);
}

void Answers::status(const Asker& asker, const wire::NodeStatus& status) {
    wire::append_status_reply(replies_.open(asker.route), head(asker), status);
}

void Answers::members(const Asker& asker, const std::vector<Member>& members) {
    wire::append_members_reply(replies_.open(asker.route), head(asker), members);
}

void Answers::add_forwarded(NodeId to, wire::ForwardedOutcome outcome) {
    const std::size_t bytes = outcome.outcome.answer ? wire::answer_bytes_max(*outcome.outcome.answer) : 0;
    const auto has_room = [&](const ForwardedReply& reply) {
        return reply.to == to && (bytes == 0 || reply.bytes + bytes <= forwarded_bytes_max);
    };
    auto reply = std::ranges::find_if(forwarded_, has_room);
    if (reply == forwarded_.end()) reply = forwarded_.insert(reply, ForwardedReply{to, {}});
    reply->bytes += bytes;
    reply->body.outcomes.push_back(std::move(outcome));
}

std::vector<Answers::ForwardedReply> Answers::take_forwarded() {
    return std::exchange(forwarded_, {});
}

}  // namespace kvbus::node
