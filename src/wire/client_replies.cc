#include <algorithm>

#include "base/check.h"
#include "wire/client_frames.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/limits.h"
#include "wire/pack.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t head_field_count = 9;
constexpr std::size_t record_field_count = 5;
constexpr std::size_t record_overhead_max = 48;  // bytes around key and value
constexpr std::size_t reply_overhead_max = 128;  // bytes around all records

// --- writing -----------------------------------------------------------------------------------------------

void pack_head(Packer& packer, const ReplyHead& head, Code code, std::size_t further_fields) {
    packer.array(head_field_count + further_fields);
    packer.uint(protocol_version);
    packer.uint(static_cast<std::uint64_t>(head.type));
    packer.uint(head.id);
    packer.uint(static_cast<std::uint64_t>(code));
    packer.uint(head.header.cluster.value);
    packer.uint(head.header.node.value);
    packer.uint(head.header.term);
    packer.uint(head.header.revision.value);
    packer.uint(head.header.leader.value);
}

void pack_record(Packer& packer, const machine::Record& record, bool keys_only) {
    packer.array(record_field_count);
    packer.bytes(record.key);
    packer.bytes(keys_only ? std::string_view{} : record.value);
    packer.uint(record.create_revision.value);
    packer.uint(record.mod_revision.value);
    packer.uint(record.version);
}

// The fields of a status in the order of the wire, for both directions.
template <class Status, class Visitor>
void visit_fields(Status& status, Visitor&& visit) {
    visit(status.name);
    visit(status.version);
    visit(status.role);
    visit(status.commit);
    visit(status.applied);
    visit(status.last);
    visit(status.durable);
    visit(status.state_hash);
    visit(status.keys);
    visit(status.bytes);
    visit(status.sessions);
    visit(status.disk_bytes);
    visit(status.disk_free_bytes);
    visit(status.cpu_us);
    visit(status.rss_peak_bytes);
    visit(status.uptime_ms);
    visit(status.writes_applied);
    visit(status.reads_served);
    visit(status.bad_client_frames);
    visit(status.bad_peer_frames);
    visit(status.elections);
    visit(status.disk_syncs);
    visit(status.log_entries);
    visit(status.loop_turns);
    visit(status.client_frames_in);
    visit(status.client_frames_out);
    visit(status.peer_frames_in);
    visit(status.peer_frames_out);
    visit(status.bad_client_connections);
    visit(status.bad_peer_connections);
    visit(status.frames_dropped);
    visit(status.wake_ups);
    visit(status.loop_busy_permille);
}
constexpr std::size_t status_field_count = 33;

struct StatusWriter {
    Packer& packer;
    void operator()(const std::string& text) { packer.text(text); }
    void operator()(std::uint64_t number) { packer.uint(number); }
};

struct StatusReader {
    Fields& fields;
    void operator()(std::string& text) { text = fields.bytes_or({}); }
    void operator()(std::uint64_t& number) { number = fields.uint_or(0); }
};

// --- reading -----------------------------------------------------------------------------------------------

machine::Outcome read_outcome(Fields& fields) {
    machine::Outcome outcome;
    outcome.revision = Revision{fields.uint()};
    outcome.deleted = fields.uint();
    return outcome;
}

KeyValue read_record(Fields fields) {
    KeyValue record;
    record.key = fields.bytes();
    record.value = fields.bytes();
    record.create_revision = Revision{fields.uint()};
    record.mod_revision = Revision{fields.uint()};
    record.version = fields.uint();
    fields.finish();
    return record;
}

RangeReply read_range(Fields& fields) {
    RangeReply reply;
    reply.count = fields.uint();
    reply.more = fields.boolean();
    Fields records = fields.nested();
    reply.kvs.reserve(std::min(records.count(), fields.remaining() / (1 + record_field_count)));
    while (records.ok() && !records.done())
        reply.kvs.push_back(read_record(records.nested()));
    return reply;
}

NodeStatus read_status(Fields fields) {
    NodeStatus status;
    visit_fields(status, StatusReader{fields});
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

Code code_from(std::uint64_t number) {
    return number <= static_cast<std::uint64_t>(Code::internal) ? static_cast<Code>(number) : Code::internal;
}

// False when the type is none that this side asks for.
bool read_body(Fields& fields, Reply& reply) {
    switch (reply.head.type) {
        case RequestType::put:
        case RequestType::remove:
            reply.body = read_outcome(fields);
            return true;
        case RequestType::range:
            reply.body = read_range(fields);
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

void append_error_reply(std::string& out, const ReplyHead& head, Code code, std::string_view message) {
    KV_CHECK(code != Code::ok, "an error needs a code");
    Packer packer(out);
    pack_head(packer, head, code, 1);
    packer.text(message.substr(0, limits::message_bytes_max));
}

void append_write_reply(std::string& out, const ReplyHead& head, const machine::Outcome& outcome) {
    KV_CHECK(outcome.code == Code::ok, "a refusal is an error reply");
    Packer packer(out);
    pack_head(packer, head, Code::ok, 2);
    packer.uint(outcome.revision.value);
    packer.uint(outcome.deleted);
}

void append_range_reply(std::string& out, const ReplyHead& head, const machine::RangeResult& result,
                        bool keys_only, bool more) {
    std::size_t size = reply_overhead_max;
    for (const machine::Record& record : result.records) {
        size += record.key.size() + (keys_only ? 0 : record.value.size()) + record_overhead_max;
    }
    if (out.capacity() < out.size() + size) out.reserve(std::max(out.size() + size, 2 * out.capacity()));

    Packer packer(out);
    pack_head(packer, head, Code::ok, 3);
    packer.uint(result.count);
    packer.boolean(more);
    packer.array(result.records.size());
    for (const machine::Record& record : result.records)
        pack_record(packer, record, keys_only);
}

void append_status_reply(std::string& out, const ReplyHead& head, const NodeStatus& status) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 1);
    packer.array(status_field_count);
    visit_fields(status, StatusWriter{packer});
}

void append_members_reply(std::string& out, const ReplyHead& head, const std::vector<Member>& members) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 1);
    packer.array(members.size());
    for (const Member& member : members) {
        packer.array(4);
        packer.uint(member.id.value);
        packer.text(member.name);
        packer.text(member.peer_url);
        packer.text(member.client_url);
    }
}

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
        reply.body = Error{code, std::string(fields.bytes_or({}))};
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
