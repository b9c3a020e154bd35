#include <algorithm>
#include <variant>

#include "base/check.h"
#include "wire/answer_fields.h"
#include "wire/client_frames.h"
#include "wire/limits.h"
#include "wire/pack.h"
#include "wire/peer_frames.h"
#include "wire/status_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t reply_head_fields = 9;
constexpr std::size_t reply_overhead_max = 128;  // bytes around all records

void pack_head(Packer& packer, const ReplyHead& head, Code code, std::size_t further_fields) {
    packer.array(reply_head_fields + further_fields);
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

// The fields after the head of a reply to a write, by its type. They begin with the revision; what follows
// comes from the answer, and is missing when the answer is of another kind.
struct WriteReply {
    Packer packer;
    const ReplyHead& head;
    const machine::Outcome& outcome;

    void open(std::size_t further_fields) {
        pack_head(packer, head, Code::ok, 1 + further_fields);
        packer.uint(outcome.revision.value);
    }
    template <class Kind>
    const Kind* answer() const {
        return outcome.answer ? std::get_if<Kind>(&outcome.answer->body) : nullptr;
    }

    bool changed(const std::vector<KeyValue>* previous) {
        if (outcome.answer && previous == nullptr) return false;
        open(previous != nullptr ? 2 : 1);
        packer.uint(outcome.deleted);
        if (previous != nullptr) pack_records(packer, *previous);
        return true;
    }
    bool append() {
        const auto* append = answer<machine::AppendAnswer>();
        if (append == nullptr) return false;
        open(1);
        packer.uint(append->bytes);
        return true;
    }
    bool increment() {
        const auto* increment = answer<machine::IncrementAnswer>();
        if (increment == nullptr) return false;
        open(1);
        packer.integer(increment->value);
        return true;
    }
    bool txn() {
        const auto* txn = answer<machine::TxnAnswer>();
        if (txn == nullptr) return false;
        open(2);
        packer.boolean(txn->succeeded);
        pack_answers(packer, txn->answers);
        return true;
    }
    bool lease() {
        const auto* lease = answer<machine::LeaseAnswer>();
        if (lease == nullptr) return false;
        open(2);
        packer.uint(lease->lease.value);
        packer.integer(lease->ttl.count());
        return true;
    }
    bool campaign() {
        const auto* campaign = answer<machine::CampaignAnswer>();
        if (campaign == nullptr) return false;
        open(2);
        packer.bytes(campaign->key);
        packer.uint(campaign->token.value);
        return true;
    }
    bool revision_only() {
        open(0);
        return true;
    }

    // False, and nothing written, when the outcome is of another kind of write.
    bool write() {
        switch (head.type) {
            case RequestType::put: {
                const auto* put = answer<machine::PutAnswer>();
                return changed(put != nullptr ? &put->previous : nullptr);
            }
            case RequestType::remove: {
                const auto* remove = answer<machine::DeleteAnswer>();
                return changed(remove != nullptr ? &remove->previous : nullptr);
            }
            case RequestType::append:
                return append();
            case RequestType::increment:
                return increment();
            case RequestType::txn:
                return txn();
            case RequestType::lease_grant:
            case RequestType::lease_keep_alive:
                return lease();
            case RequestType::lease_revoke:
            case RequestType::compact:
                return revision_only();
            case RequestType::campaign:
                return campaign();
            default:
                KV_CHECK(false, "no type of a write");
                return false;
        }
    }
};

struct StatusWriter {
    Packer& packer;
    void operator()(const std::string& text) { packer.text(text); }
    void operator()(std::uint64_t number) { packer.uint(number); }
    void operator()(const std::vector<Alarm>& alarms) {
        packer.array(alarms.size());
        for (const Alarm& alarm : alarms) {
            packer.array(3);
            packer.text(alarm.type);
            packer.uint(static_cast<std::uint64_t>(alarm.age.count()));
            packer.text(std::string_view(alarm.message).substr(0, limits::message_bytes_max));
        }
    }
};

}  // namespace

void append_error_reply(std::string& out, const ReplyHead& head, Code code, std::string_view message,
                        Revision first_revision) {
    KV_CHECK(code != Code::ok, "an error needs a code");
    Packer packer(out);
    pack_head(packer, head, code, first_revision ? 2 : 1);
    packer.text(message.substr(0, limits::message_bytes_max));
    if (first_revision) packer.uint(first_revision.value);
}

void append_write_reply(std::string& out, const ReplyHead& head, const machine::Outcome& outcome) {
    KV_CHECK(outcome.code == Code::ok, "a refusal is an error reply");
    if (WriteReply{Packer(out), head, outcome}.write()) return;
    append_error_reply(out, head, Code::invalid_argument,
                       "sequence: already given to a write of another kind");
}

void append_range_reply(std::string& out, const ReplyHead& head, const machine::RangeResult& result,
                        bool keys_only) {
    KV_CHECK(result.code == Code::ok, "a refusal is an error reply");
    std::size_t size = reply_overhead_max;
    for (const machine::Record& record : result.records) {
        size += record.key.size() + (keys_only ? 0 : record.value.size()) + record_overhead_max;
    }
    if (out.capacity() < out.size() + size) out.reserve(std::max(out.size() + size, 2 * out.capacity()));

    Packer packer(out);
    pack_head(packer, head, Code::ok, 3);
    packer.uint(result.count);
    packer.boolean(result.more);
    packer.array(result.records.size());
    for (const machine::Record& record : result.records)
        pack_record(packer, record, keys_only);
}

void WatchReplyBuilder::add(const machine::Event& event, const WatchRequest& request) {
    const bool with_previous = request.prev_kv && event.previous;
    Packer packer(bytes_);
    packer.array(with_previous ? 3 : 2);
    packer.uint(static_cast<std::uint64_t>(event.is_put ? RequestType::put : RequestType::remove));
    pack_record(packer, event.record, request.keys_only);
    if (with_previous) pack_record(packer, *event.previous, request.keys_only);
    ++count_;
}

void WatchReplyBuilder::append_to(std::string& out, const ReplyHead& head, Revision next,
                                  std::uint64_t next_offset) const {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 3);
    packer.uint(next.value);
    packer.uint(next_offset);
    packer.array(count_);
    out.append(bytes_);
}

void append_lease_status_reply(std::string& out, const ReplyHead& head, const machine::LeaseStatus& status) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 4);
    packer.uint(status.lease.value);
    packer.integer(status.granted.count());
    packer.integer(status.left.count());
    packer.array(status.keys.size());
    for (const std::string_view key : status.keys)
        packer.bytes(key);
}

void append_leases_reply(std::string& out, const ReplyHead& head, std::span<const LeaseId> leases) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 1);
    packer.array(leases.size());
    for (const LeaseId lease : leases)
        packer.uint(lease.value);
}

void append_status_reply(std::string& out, const ReplyHead& head, const NodeStatus& status) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 1);
    packer.array(status_field_count);
    visit_status_fields(status, StatusWriter{packer});
}

void append_snapshot_reply(std::string& out, const ReplyHead& head, Index at_least,
                           std::string_view manifest) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 2);
    packer.uint(at_least.value);
    packer.bytes(manifest);
}

void append_snapshot_chunk_reply(std::string& out, const ReplyHead& head, const ChunkReply& chunk) {
    Packer packer(out);
    pack_head(packer, head, Code::ok, 3);
    packer.boolean(chunk.found);
    packer.bytes(chunk.bytes);
    packer.uint(chunk.hash);
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

}  // namespace kvbus::wire
