#include "raft/trace.h"

#include <array>
#include <cstdint>
#include <variant>

namespace kvbus::raft {
namespace {

constexpr std::size_t shown_bytes_max = 24;

std::string_view name_of(RoleKind kind) {
    switch (kind) {
        case RoleKind::follower:
            return "follower";
        case RoleKind::pre_candidate:
            return "pre-candidate";
        case RoleKind::candidate:
            return "candidate";
        case RoleKind::leader:
            return "leader";
    }
    return "unknown role";
}

// Text as it stands when it is short and printable; otherwise only its length.
std::string describe_data(std::string_view data) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    bool shown = data.size() <= shown_bytes_max;
    for (const char c : data)
        shown = shown && printable(c);
    return shown ? "'" + std::string{data} + "'" : std::to_string(data.size()) + " bytes";
}

std::string granted_or_denied(const VoteReply& reply) {
    return reply.granted ? " granted" : " denied";
}

std::string fields(const VoteRequest& body) {
    return " last=" + describe(body.last);
}
std::string fields(const VoteReply& body) {
    return granted_or_denied(body);
}

std::string fields(const Append& body) {
    std::string text = " previous=" + describe(body.previous);
    if (!body.entries.empty()) text += " entries=" + describe(body.entries);
    return text + " commit=" + number(body.commit);
}

std::string fields(const AppendReply& body) {
    if (body.accepted) return " match=" + number(body.match);
    return " rejected=" + number(body.match) + " hint=" + describe(body.hint);
}

std::string fields(const Heartbeat& body) {
    return " commit=" + number(body.commit) + " round=" + std::to_string(body.round);
}

std::string fields(const HeartbeatReply& body) {
    return " round=" + std::to_string(body.round) + " last=" + number(body.last);
}

std::string fields(const ReadRequest& body) {
    return " id=" + number(body.id);
}

std::string fields(const ReadReply& body) {
    return " id=" + number(body.id) + " index=" + number(body.index);
}

std::string fields(const InstallSnapshot& body) {
    const SnapshotMeta& snapshot = body.snapshot;
    return " last=" + describe(snapshot.last) + " id=" + std::to_string(snapshot.id) +
           " holder=" + number(snapshot.holder);
}

bool is_pre(const Message& message) {
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) return request->pre;
    if (const auto* reply = std::get_if<VoteReply>(&message.body)) return reply->pre;
    return false;
}

}  // namespace

std::string_view kind_of(const Message& message) {
    if (is_pre(message))
        return std::holds_alternative<VoteRequest>(message.body) ? "pre-vote" : "pre-vote-reply";
    constexpr std::array<std::string_view, std::variant_size_v<decltype(message.body)>> kinds{
        "vote", "vote-reply", "append",          "append-reply", "heartbeat", "heartbeat-reply",
        "read", "read-reply", "install-snapshot"};
    return kinds[message.body.index()];
}

std::string describe(EntryId id) {
    return number(id.term) + "/" + number(id.index);
}

std::string describe(const Entry& entry) {
    return describe(entry.id) + " " +
           (entry.type == EntryType::no_op ? std::string{"no-op"} : describe_data(entry.data.view()));
}

std::string describe(std::span<const Entry> entries) {
    std::string text;
    for (std::size_t first = 0; first < entries.size();) {
        std::size_t last = first;
        while (last + 1 < entries.size() && entries[last + 1].id.term == entries[first].id.term)
            ++last;
        if (first != 0) text += ",";
        text += describe(entries[first].id);
        if (last != first) text += "-" + number(entries[last].id.index);
        first = last + 1;
    }
    return text;
}

std::string describe(const Message& message) {
    return std::string{kind_of(message)} + " term=" + number(message.term) +
           std::visit([](const auto& body) { return fields(body); }, message.body);
}

std::string describe(NodeId from, const Envelope& envelope) {
    return number(from) + " > " + number(envelope.to) + " " + describe(envelope.message);
}

std::string describe(NodeId node, const Role& role) {
    const std::string term = " at term " + number(role.term);
    if (role.kind == RoleKind::follower && role.leader) {
        return number(node) + " follows " + number(role.leader) + term;
    }
    return number(node) + " becomes " + std::string{name_of(role.kind)} + term;
}

std::string describe(const Write& write) {
    std::string text = "write " + number(write.id) + ":";
    if (write.hard_state) {
        text += " term=" + number(write.hard_state->term) + " vote=" + number(write.hard_state->vote) +
                " commit=" + number(write.hard_state->commit);
    }
    if (write.install) {
        text += " install=" + describe(write.install->snapshot.last);
        if (write.install->keeps_log) text += " (keeps the log)";
    }
    if (write.truncate_from) text += " drop=" + number(*write.truncate_from) + "-";
    if (!write.append.empty()) text += " add=" + describe(write.append);
    if (write.only_promises()) text += " nothing";
    for (const Envelope& promise : write.then_send) {
        text += ", then " + std::string{kind_of(promise.message)} + " to " + number(promise.to);
    }
    return text;
}

std::string describe(const SnapshotMeta& snapshot) {
    return "snapshot " + std::to_string(snapshot.id) + " up to " + describe(snapshot.last) + " at " +
           number(snapshot.holder);
}

std::string describe(const ReadGrant& grant) {
    return "read " + number(grant.id) + " at " + number(grant.index);
}

std::string describe(const LogFetch& fetch) {
    return number(fetch.first) + "-" + number(fetch.last) + " for " + number(fetch.follower);
}

std::string describe(NodeId node, const Status& status) {
    std::string text = number(node) + " " + std::string{name_of(status.role.kind)} +
                       " term=" + number(status.role.term) + " leader=" + number(status.role.leader) +
                       " commit=" + number(status.commit) + " last=" + number(status.last) +
                       " durable=" + number(status.durable);
    if (status.snapshot)
        text += " snapshot=" + number(status.snapshot) + " log_start=" + number(status.log_start);
    return text;
}

}  // namespace kvbus::raft
