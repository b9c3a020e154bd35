#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "wire/answer_fields.h"
#include "wire/client_frames.h"
#include "wire/codes.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/forward_fields.h"
#include "wire/limits.h"
#include "wire/operation_fields.h"
#include "wire/status_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t event_bytes_min = 8;  // a kind, and a record of empty key and value

Alarm read_alarm(Fields fields) {
    Alarm alarm;
    alarm.type = read_text(fields, limits::name_bytes_max);
    constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
    alarm.age = std::chrono::milliseconds{static_cast<std::int64_t>(std::min(fields.uint(), longest))};
    alarm.message = read_text(fields, limits::message_bytes_max);
    fields.finish();
    return alarm;
}

struct StatusReader {
    Fields& fields;
    void operator()(std::string& text) { text = fields.bytes_or({}); }
    void operator()(std::uint64_t& number) { number = fields.uint_or(0); }
    void operator()(std::vector<Alarm>& alarms) {
        if (fields.done()) return;
        Fields list = fields.nested();
        if (list.count() > limits::alarms_max) list.fail();
        while (list.ok() && !list.done())
            alarms.push_back(read_alarm(list.nested()));
    }
};

template <class Kind>
std::shared_ptr<const machine::Answer> answer_of(Kind kind) {
    return std::make_shared<const machine::Answer>(machine::Answer{std::move(kind)});
}

machine::Outcome read_change(Fields& fields, bool is_put) {
    machine::Outcome outcome;
    outcome.revision = Revision{fields.uint()};
    outcome.deleted = fields.uint();
    if (fields.done()) return outcome;
    auto previous = read_records(fields.nested());
    outcome.answer = is_put ? answer_of(machine::PutAnswer{std::move(previous)})
                            : answer_of(machine::DeleteAnswer{outcome.deleted, std::move(previous)});
    return outcome;
}

// After a revision, a rest that always is there.
template <class Answer>
machine::Outcome read_answered(Fields& fields, Answer (*read)(Fields&)) {
    machine::Outcome outcome;
    outcome.revision = Revision{fields.uint()};
    outcome.answer = answer_of(read(fields));
    return outcome;
}

machine::AppendAnswer read_appended(Fields& fields) {
    return {fields.uint()};
}

machine::IncrementAnswer read_incremented(Fields& fields) {
    return {fields.integer()};
}

machine::Outcome read_revision(Fields& fields) {
    machine::Outcome outcome;
    outcome.revision = Revision{fields.uint()};
    return outcome;
}

LeaseStatusReply read_lease_status(Fields& fields) {
    LeaseStatusReply status;
    status.lease = LeaseId{fields.uint()};
    status.granted = std::chrono::milliseconds{fields.integer()};
    status.left = std::chrono::milliseconds{fields.integer()};
    Fields keys = fields.nested();
    status.keys.reserve(std::min(keys.count(), keys.remaining()));
    while (keys.ok() && !keys.done())
        status.keys.emplace_back(keys.bytes());
    return status;
}

std::vector<LeaseId> read_leases(Fields ids) {
    std::vector<LeaseId> leases;
    leases.reserve(ids.count());
    while (ids.ok() && !ids.done())
        leases.emplace_back(ids.uint());
    return leases;
}

WatchedEvent read_event(Fields fields) {
    WatchedEvent event;
    const RequestType kind = read_type(fields.uint());
    if (kind != RequestType::put && kind != RequestType::remove) fields.fail();
    event.is_put = kind == RequestType::put;
    event.kv = read_record(fields.nested());
    if (!fields.done()) event.previous = read_record(fields.nested());
    fields.finish();
    return event;
}

WatchReply read_watch(Fields& fields) {
    WatchReply watch;
    watch.next = Revision{fields.uint()};
    watch.next_offset = fields.uint();
    Fields events = fields.nested();
    watch.events.reserve(std::min(events.count(), events.remaining() / event_bytes_min));
    while (events.ok() && !events.done())
        watch.events.push_back(read_event(events.nested()));
    return watch;
}

SnapshotReply read_snapshot(Fields& fields) {
    SnapshotReply snapshot;
    snapshot.at_least = Index{fields.uint()};
    snapshot.manifest = fields.bytes();
    return snapshot;
}

SnapshotChunkReply read_snapshot_chunk(Fields& fields) {
    SnapshotChunkReply chunk;
    chunk.found = fields.boolean();
    chunk.bytes = fields.bytes();
    chunk.hash = fields.uint();
    return chunk;
}

Error read_error(Fields& fields, Code code) {
    Error error{code, std::string(fields.bytes_or({}))};
    error.first_revision = fields.uint_or(0);
    return error;
}

NodeStatus read_status(Fields fields) {
    NodeStatus status;
    visit_status_fields(status, StatusReader{fields});
    fields.finish();
    return status;
}

Member read_member(Fields fields) {
    Member member;
    member.id = NodeId{fields.uint()};
    member.name = fields.bytes();
    member.peer_url = fields.bytes();
    member.client_url = fields.bytes();
    fields.finish();
    return member;
}

std::vector<Member> read_members(Fields fields) {
    std::vector<Member> members;
    while (fields.ok() && !fields.done() && members.size() < limits::members_max) {
        members.push_back(read_member(fields.nested()));
    }
    fields.finish();
    return members;
}

ReplyHead read_head(Fields& fields) {
    ReplyHead head;
    head.header.cluster = ClusterId{fields.uint()};
    head.header.node = NodeId{fields.uint()};
    head.header.term = fields.uint();
    head.header.revision = Revision{fields.uint()};
    head.header.leader = NodeId{fields.uint()};
    return head;
}

// False when the type is none that this side asks for.
bool read_body(Fields& fields, Reply& reply) {
    switch (reply.head.type) {
        case RequestType::put:
            reply.body = read_change(fields, true);
            return true;
        case RequestType::remove:
            reply.body = read_change(fields, false);
            return true;
        case RequestType::append:
            reply.body = read_answered(fields, read_appended);
            return true;
        case RequestType::increment:
            reply.body = read_answered(fields, read_incremented);
            return true;
        case RequestType::txn:
            reply.body = read_answered(fields, read_txn_answer);
            return true;
        case RequestType::lease_grant:
        case RequestType::lease_keep_alive:
            reply.body = read_answered(fields, read_lease_answer);
            return true;
        case RequestType::lease_revoke:
        case RequestType::compact:
            reply.body = read_revision(fields);
            return true;
        case RequestType::campaign:
            reply.body = read_answered(fields, read_campaign_answer);
            return true;
        case RequestType::watch:
            reply.body = read_watch(fields);
            return true;
        case RequestType::snapshot:
            reply.body = read_snapshot(fields);
            return true;
        case RequestType::snapshot_chunk:
            reply.body = read_snapshot_chunk(fields);
            return true;
        case RequestType::range:
            reply.body = read_range_answer(fields);
            return true;
        case RequestType::lease_status:
            reply.body = read_lease_status(fields);
            return true;
        case RequestType::leases:
            reply.body = read_leases(fields.nested());
            return true;
        case RequestType::status:
            reply.body = read_status(fields.nested());
            return true;
        case RequestType::members:
            reply.body = read_members(fields.nested());
            return true;
    }
    return false;
}

}  // namespace

Result<Reply> ReplyReader::next() {
    Cursor cursor(rest_);
    rest_ = {};
    Fields fields(cursor);
    Reply reply;
    const std::uint64_t version = fields.uint();
    const std::uint64_t type = fields.uint();
    const std::uint64_t id = fields.uint();
    const Code code = code_from(fields.uint());
    reply.head = read_head(fields);
    reply.head.id = id;
    reply.head.type = static_cast<RequestType>(type);
    if (code != Code::ok) {
        reply.body = read_error(fields, code);
    } else if (type > 0xff || !read_body(fields, reply)) {
        cursor.fail();
    }
    fields.finish();
    if (!cursor.ok() || version != protocol_version)
        return Error{Code::malformed, "reply: not of this protocol"};
    rest_ = cursor.rest();
    return reply;
}

}  // namespace kvbus::wire
