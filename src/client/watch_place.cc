#include "client/watch_place.h"

#include <algorithm>
#include <compare>
#include <tuple>
#include <utility>

namespace kvbus::client {

WatchPlace::WatchPlace(std::string_view key, const WatchOptions& options) : key_(key), options_(options) {}

wire::WatchRequest WatchPlace::request() const {
    return {.key = key_,
            .range_end = options_.range_end,
            .from = options_.revision,
            .offset = offset_,
            .prev_kv = options_.prev_kv,
            .keys_only = options_.keys_only,
            .no_put = options_.no_put,
            .no_delete = options_.no_delete,
            .no_wait = options_.progress && !begun_};
}

std::optional<WatchBatch> WatchPlace::advance(const Header& header, wire::WatchReply reply) {
    const bool was_in_fragment = in_fragment_;
    in_fragment_ =
        reply.next_offset > 0 && (reply.events.empty() ? was_in_fragment && reply.next == options_.revision
                                                       : reply.events.back().kv.mod_revision == reply.next);
    options_.revision = reply.next;
    offset_ = reply.next_offset;
    begun_ = true;
    if (reply.events.empty() && !options_.progress && !(was_in_fragment && !in_fragment_))
        return std::nullopt;

    WatchBatch batch{.header = header, .next = reply.next, .fragment = in_fragment_};
    batch.events.reserve(reply.events.size());
    for (wire::WatchedEvent& event : reply.events)
        batch.events.push_back({event.is_put, std::move(event.kv), std::move(event.previous)});
    return batch;
}

bool goes_on(const wire::WatchRequest& request, const wire::WatchReply& reply) {
    if (!reply.next) return false;
    if (request.from && std::tie(reply.next, reply.next_offset) < std::tie(request.from, request.offset)) {
        return false;
    }
    Revision last = request.from;
    for (const wire::WatchedEvent& event : reply.events) {
        if (event.kv.mod_revision < last) return false;
        last = event.kv.mod_revision;
    }
    // What was told of `next` is a part of it, else the next reply would tell it again.
    return reply.events.empty() || last < reply.next || (last == reply.next && reply.next_offset > 0);
}

bool is_final(Code code) {
    const Category category = category_of(code);
    return category != Category::unavailable && category != Category::overloaded;
}

}  // namespace kvbus::client
