#include "sim/watch_check.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "oracle/describe.h"
#include "scenario/violation.h"
#include "sim/key_range.h"

namespace kvbus::sim {
namespace {

using oracle::Change;
using scenario::Violation;

struct Place {
    Revision revision;
    std::uint64_t offset = 0;
};

std::string describe(const wire::WatchRequest& request) {
    return "the watch of " + oracle::describe_bytes(request.key) + " to " +
           oracle::describe_bytes(request.range_end) + " from revision " +
           std::to_string(request.from.value) + " and change " + std::to_string(request.offset);
}

bool is_wanted(const wire::WatchRequest& request, const Change& change) {
    if (change.is_put ? request.no_put : request.no_delete) return false;
    return covers(request.key, request.range_end, change.record.key);
}

Change told_of(const wire::WatchRequest& request, Change change) {
    if (!request.prev_kv) change.previous.reset();
    if (request.keys_only) {
        change.record.value.clear();
        if (change.previous) change.previous->value.clear();
    }
    return change;
}

std::vector<Change> changes_between(const Committed& committed, const wire::WatchRequest& request, Place to) {
    std::vector<Change> wanted;
    for (Revision at = request.from; at <= std::min(to.revision, committed.revision()); ++at.value) {
        const auto& changes = committed.reference().changes_at(at);
        const std::size_t first = at == request.from ? request.offset : 0;
        const std::size_t end =
            at == to.revision ? std::min<std::size_t>(to.offset, changes.size()) : changes.size();
        for (std::size_t i = first; i < end; ++i)
            if (is_wanted(request, changes[i])) wanted.push_back(told_of(request, changes[i]));
    }
    return wanted;
}

Change change_of(const wire::WatchedEvent& event) {
    Change change{event.is_put, event.kv, event.previous};
    if (event.is_put) return change;
    change.record = {};
    change.record.key = event.kv.key;
    change.record.mod_revision = event.kv.mod_revision;
    return change;
}

}  // namespace

void check_watch_reply(const Committed& committed, const wire::WatchRequest& request,
                       const wire::WatchReply& reply) {
    const Place to{reply.next, reply.next_offset};
    if (to.revision.value > committed.revision().value + 1 || to.revision < request.from)
        throw Violation(describe(request) + " goes on at revision " + std::to_string(to.revision.value) +
                        ", and the log is at " + std::to_string(committed.revision().value));
    if (to.offset > 0 && to.offset >= committed.reference().changes_at(to.revision).size())
        throw Violation(describe(request) + " goes on within revision " + std::to_string(to.revision.value) +
                        ", of which there is no more");
    if (!request.from) {
        if (reply.events.empty()) return;
        throw Violation(describe(request) + " begins with what was before");
    }
    const auto expected = changes_between(committed, request, to);
    for (std::size_t i = 0; i < std::max(expected.size(), reply.events.size()); ++i) {
        const std::string told =
            i < reply.events.size() ? oracle::describe(change_of(reply.events[i])) : "nothing";
        const std::string there = i < expected.size() ? oracle::describe(expected[i]) : "nothing";
        const bool is_same =
            i < expected.size() && i < reply.events.size() && change_of(reply.events[i]) == expected[i];
        if (is_same) continue;
        throw Violation(describe(request) + " was told " + told + " as number " + std::to_string(i) +
                        ", and the log has " + there + "; it goes on from revision " +
                        std::to_string(to.revision.value) + " and change " + std::to_string(to.offset));
    }
}

void check_watch_compacted(const Committed& committed, const wire::WatchRequest& request, const Error& error,
                           Instant now) {
    const Revision compacted = committed.compacted_by(now);
    const Revision first{error.first_revision};
    if (first > request.from && first.value <= compacted.value + 1) return;
    throw Violation(describe(request) + " was told that it is compacted, and can go on from " +
                    std::to_string(first.value) + "; compacted is " + std::to_string(compacted.value));
}

}  // namespace kvbus::sim
