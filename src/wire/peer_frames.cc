#include "wire/peer_frames.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/forward_fields.h"
#include "wire/limits.h"
#include "wire/pack.h"
#include "wire/snapshot_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::uint64_t peer_version = 1;

// The numbers on the wire.
enum class Kind : std::uint8_t {
    vote_request = 1,
    vote_reply = 2,
    append = 3,
    append_reply = 4,
    heartbeat = 5,
    heartbeat_reply = 6,
    read_request = 7,
    read_reply = 8,
    greeting = 9,
    forward = 10,
    forward_reply = 11,
    install_snapshot = 12,
    chunk_request = 13,
    chunk_reply = 14,
    state_check = 16,
    state_report = 17,
};

constexpr std::size_t frame_head_fields = 6;
constexpr std::size_t head_bytes_max = 96;  // and the fixed fields of any kind
constexpr std::size_t entry_overhead_max = 20;
constexpr std::size_t number_bytes_max = 9;

// --- writing -----------------------------------------------------------------------------------------------

struct FrameWriter {
    Packer packer;
    const PeerHeader& header;

    void head(Kind kind, std::size_t further_fields) {
        packer.array(frame_head_fields + further_fields);
        packer.uint(peer_version);
        packer.uint(header.cluster.value);
        packer.uint(header.group.value);
        packer.uint(header.from.value);
        packer.uint(header.to.value);
        packer.uint(static_cast<std::uint64_t>(kind));
    }
    void raft_head(Kind kind, Term term, std::size_t further_fields) {
        head(kind, 1 + further_fields);
        packer.uint(term.value);
    }
    void entry_id(const raft::EntryId& id) {
        packer.uint(id.term.value);
        packer.uint(id.index.value);
    }

    void operator()(const raft::Message& message) {
        std::visit([&](const auto& body) { raft(message.term, body); }, message.body);
    }
    void raft(Term term, const raft::VoteRequest& request) {
        raft_head(Kind::vote_request, term, 3);
        packer.boolean(request.pre);
        entry_id(request.last);
    }
    void raft(Term term, const raft::VoteReply& reply) {
        raft_head(Kind::vote_reply, term, 2);
        packer.boolean(reply.pre);
        packer.boolean(reply.granted);
    }
    void raft(Term term, const raft::Append& append) {
        raft_head(Kind::append, term, 4);
        entry_id(append.previous);
        packer.uint(append.commit.value);
        packer.array(append.entries.size());
        Index index = append.previous.index;
        for (const raft::Entry& entry : append.entries) {
            index = index + 1;
            KV_CHECK(entry.id.index == index, "the index of an entry goes over the wire as its position");
            packer.array(3);
            packer.uint(entry.id.term.value);
            packer.uint(static_cast<std::uint64_t>(entry.type));
            packer.bytes(entry.data.view());
        }
    }
    void raft(Term term, const raft::AppendReply& reply) {
        raft_head(Kind::append_reply, term, 4);
        packer.boolean(reply.accepted);
        packer.uint(reply.match.value);
        entry_id(reply.hint);
    }
    void raft(Term term, const raft::Heartbeat& heartbeat) {
        raft_head(Kind::heartbeat, term, 2);
        packer.uint(heartbeat.commit.value);
        packer.uint(heartbeat.round);
    }
    void raft(Term term, const raft::HeartbeatReply& reply) {
        raft_head(Kind::heartbeat_reply, term, 2);
        packer.uint(reply.round);
        packer.uint(reply.last.value);
    }
    void raft(Term term, const raft::ReadRequest& request) {
        raft_head(Kind::read_request, term, 1);
        packer.uint(request.id.value);
    }
    void raft(Term term, const raft::ReadReply& reply) {
        raft_head(Kind::read_reply, term, 2);
        packer.uint(reply.id.value);
        packer.uint(reply.index.value);
    }
    void raft(Term term, const raft::InstallSnapshot& install) {
        raft_head(Kind::install_snapshot, term, snapshot_meta_fields);
        pack_snapshot_meta(packer, install.snapshot);
    }

    void operator()(const Greeting& greeting) {
        head(Kind::greeting, 4);
        packer.text(greeting.name);
        packer.text(greeting.client_url);
        packer.text(greeting.version);
        packer.boolean(greeting.reply_wanted);
    }
    void operator()(const Forward& forward) {
        head(Kind::forward, 1);
        pack_forward(packer, forward);
    }
    void operator()(const ForwardReply& reply) {
        head(Kind::forward_reply, 1);
        pack_forward_reply(packer, reply);
    }
    void operator()(const ChunkRequest& request) {
        head(Kind::chunk_request, chunk_name_fields);
        pack_chunk_name(packer, request.chunk);
    }
    void operator()(const ChunkReply& reply) {
        head(Kind::chunk_reply, chunk_name_fields + 4);
        pack_chunk_name(packer, reply.chunk);
        packer.boolean(reply.found);
        packer.bytes(reply.manifest);
        packer.bytes(reply.bytes);
        packer.uint(reply.hash);
    }
    void operator()(const StateCheck& check) {
        head(Kind::state_check, 4);
        packer.uint(check.index.value);
        packer.uint(check.form);
        packer.boolean(check.agreed.has_value());
        packer.uint(check.agreed.value_or(0));
    }
    void operator()(const StateReport& report) {
        head(Kind::state_report, 4);
        packer.uint(report.index.value);
        packer.uint(report.form);
        packer.uint(report.hash);
        packer.boolean(report.is_corrupt);
    }
};

// A little more than the frame will take, so that it is allocated once.
struct FrameSize {
    std::size_t operator()(const raft::Message& message) const {
        std::size_t size = head_bytes_max;
        if (const auto* append = std::get_if<raft::Append>(&message.body)) {
            for (const raft::Entry& entry : append->entries)
                size += entry.data.size() + entry_overhead_max;
        } else if (const auto* install = std::get_if<raft::InstallSnapshot>(&message.body)) {
            size += install->snapshot.membership.voters.size() * number_bytes_max;
        }
        return size;
    }
    std::size_t operator()(const Greeting& greeting) const {
        return head_bytes_max + greeting.name.size() + greeting.client_url.size() + greeting.version.size();
    }
    std::size_t operator()(const Forward& forward) const {
        return head_bytes_max + forward_bytes_max(forward);
    }
    std::size_t operator()(const ForwardReply& reply) const {
        return head_bytes_max + forward_reply_bytes_max(reply);
    }
    std::size_t operator()(const ChunkRequest&) const { return head_bytes_max; }
    std::size_t operator()(const StateCheck&) const { return head_bytes_max; }
    std::size_t operator()(const StateReport&) const { return head_bytes_max; }
    std::size_t operator()(const ChunkReply& reply) const {
        return head_bytes_max + reply.manifest.size() + reply.bytes.size();
    }
};

// --- reading -----------------------------------------------------------------------------------------------

// Braces evaluate from left to right: these read the fields in the order of the structs.
raft::EntryId read_entry_id(Fields& fields) {
    return {Term{fields.uint()}, Index{fields.uint()}};
}

raft::VoteRequest read_vote_request(Fields& fields) {
    return {fields.boolean(), read_entry_id(fields)};
}
raft::VoteReply read_vote_reply(Fields& fields) {
    return {fields.boolean(), fields.boolean()};
}
raft::AppendReply read_append_reply(Fields& fields) {
    return {fields.boolean(), Index{fields.uint()}, read_entry_id(fields)};
}
raft::Heartbeat read_heartbeat(Fields& fields) {
    return {Index{fields.uint()}, fields.uint()};
}
raft::HeartbeatReply read_heartbeat_reply(Fields& fields) {
    return {fields.uint(), Index{fields.uint()}};
}
raft::ReadRequest read_read_request(Fields& fields) {
    return {raft::ReadId{fields.uint()}};
}
raft::ReadReply read_read_reply(Fields& fields) {
    return {raft::ReadId{fields.uint()}, Index{fields.uint()}};
}

raft::InstallSnapshot read_install_snapshot(Fields& fields) {
    return {read_snapshot_meta(fields)};
}

raft::Entry read_entry(Fields fields, Index index) {
    raft::Entry entry;
    entry.id = {Term{fields.uint()}, index};
    const std::uint64_t type = fields.uint();
    if (type > static_cast<std::uint64_t>(raft::EntryType::commands)) fields.fail();
    entry.type = static_cast<raft::EntryType>(type);
    entry.data = Blob::copy_of(fields.bytes());
    fields.finish();
    return entry;
}

raft::Append read_append(Fields& fields) {
    raft::Append append{read_entry_id(fields), Index{fields.uint()}, {}};
    Fields entries = fields.nested();
    if (entries.count() > limits::append_entries_max) entries.fail();
    append.entries.reserve(std::min(entries.count(), limits::append_entries_max));
    Index index = append.previous.index;
    while (entries.ok() && !entries.done()) {
        index = index + 1;
        append.entries.push_back(read_entry(entries.nested(), index));
    }
    return append;
}

template <class Body>
PeerBody read_raft(Fields& fields, Body (*read)(Fields&)) {
    raft::Message message;
    message.term = Term{fields.uint()};
    message.body = read(fields);
    return message;
}

Greeting read_greeting(Fields& fields) {
    Greeting greeting;
    greeting.name = read_text(fields, limits::name_bytes_max);
    greeting.client_url = read_text(fields, limits::url_bytes_max);
    greeting.version = read_text(fields, limits::name_bytes_max);
    greeting.reply_wanted = fields.boolean();
    return greeting;
}

ChunkReply read_chunk_reply(Fields& fields) {
    ChunkReply reply;
    reply.chunk = read_chunk_name(fields);
    reply.found = fields.boolean();
    reply.manifest = fields.bytes();
    reply.bytes = fields.bytes();
    reply.hash = fields.uint();
    if (reply.manifest.size() > limits::snapshot_manifest_bytes_max ||
        reply.bytes.size() > limits::snapshot_chunk_bytes_max)
        fields.fail();
    return reply;
}

StateCheck read_state_check(Fields& fields) {
    StateCheck check{Index{fields.uint()}, fields.uint()};
    const bool is_agreed = fields.boolean();
    const std::uint64_t agreed = fields.uint();
    if (is_agreed) check.agreed = agreed;
    return check;
}
StateReport read_state_report(Fields& fields) {
    return {Index{fields.uint()}, fields.uint(), fields.uint(), fields.boolean()};
}

std::optional<PeerBody> read_body(Fields& fields, Kind kind) {
    switch (kind) {
        case Kind::vote_request:
            return read_raft(fields, read_vote_request);
        case Kind::vote_reply:
            return read_raft(fields, read_vote_reply);
        case Kind::append:
            return read_raft(fields, read_append);
        case Kind::append_reply:
            return read_raft(fields, read_append_reply);
        case Kind::heartbeat:
            return read_raft(fields, read_heartbeat);
        case Kind::heartbeat_reply:
            return read_raft(fields, read_heartbeat_reply);
        case Kind::read_request:
            return read_raft(fields, read_read_request);
        case Kind::read_reply:
            return read_raft(fields, read_read_reply);
        case Kind::greeting:
            return read_greeting(fields);
        case Kind::forward:
            return read_forward(fields);
        case Kind::forward_reply:
            return read_forward_reply(fields);
        case Kind::install_snapshot:
            return read_raft(fields, read_install_snapshot);
        case Kind::chunk_request:
            return ChunkRequest{read_chunk_name(fields)};
        case Kind::chunk_reply:
            return read_chunk_reply(fields);
        case Kind::state_check:
            return read_state_check(fields);
        case Kind::state_report:
            return read_state_report(fields);
    }
    return std::nullopt;
}

}  // namespace

std::string encode_peer_frame(const PeerHeader& header, const PeerBody& body) {
    std::string frame;
    frame.reserve(std::visit(FrameSize{}, body));
    std::visit(FrameWriter{Packer(frame), header}, body);
    return frame;
}

Result<PeerFrame> decode_peer_frame(std::string_view bytes) {
    Cursor cursor(bytes);
    Fields fields(cursor);
    const std::uint64_t version = fields.uint();
    PeerHeader header;
    header.cluster = ClusterId{fields.uint()};
    header.group = GroupId{fields.uint()};
    header.from = NodeId{fields.uint()};
    header.to = NodeId{fields.uint()};
    const std::uint64_t kind = fields.uint();
    if (!cursor.ok()) return Error{Code::malformed, "peer frame: no header"};
    if (version != peer_version) {
        return Error{Code::unsupported, "peer frame: version " + std::to_string(version) +
                                            ", this node speaks " + std::to_string(peer_version)};
    }
    auto body = kind <= 0xff ? read_body(fields, static_cast<Kind>(kind)) : std::nullopt;
    if (!body) return Error{Code::unsupported, "peer frame: unknown kind " + std::to_string(kind)};
    fields.finish();
    if (!cursor.ok() || cursor.remaining() > 0) {
        return Error{Code::malformed, "peer frame: kind " + std::to_string(kind) + " is not as it should be"};
    }
    return PeerFrame{header, std::move(*body)};
}

}  // namespace kvbus::wire
