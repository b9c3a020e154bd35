// What a reply, a lost connection or the passage of time means for a call: settled, tried again, tried later,
// given up.
#include <algorithm>
#include <utility>

#include "client/failure.h"
#include "client/session.h"

namespace kvbus::client {
namespace {

constexpr unsigned backoff_doublings_max = 16;

// The node could not do it now, or does not know whether it did; the same request may yet succeed.
bool worth_another_try(Code code) {
    return code == Code::overloaded || code == Code::unavailable || code == Code::timeout ||
           code == Code::outcome_unknown;
}

}  // namespace

void Session::connected(Instant now, EndpointId endpoint) {
    endpoints_.connected(endpoint);
    refresh_members(now);
}

void Session::disconnected(EndpointId endpoint, std::string_view reason) {
    endpoints_.disconnected(endpoint, reason);
    for (const Slot slot : calls_.take_all(lists(endpoint).sent))
        unanswered(slot);
    for (const Slot slot : calls_.take_all(lists(endpoint).pinned))
        fail(slot, failure_to_reach(endpoint, endpoints_));
}

void Session::received(Instant now, EndpointId endpoint, std::string_view body) {
    wire::ReplyReader reader(body);
    while (!reader.done()) {
        Result<wire::Reply> reply = reader.next();
        if (!reply.ok()) {
            ++bad_replies_;
            return;
        }
        answered(now, endpoint, std::move(*reply));
    }
}

void Session::answered(Instant now, EndpointId from, wire::Reply reply) {
    const Slot slot = calls_.find(reply.head.id);
    const bool ours = endpoints_.learn(from, reply.head.header);
    if (!ours && (slot == no_slot || !calls_[slot].only)) return drop_foreign(from);
    if (endpoints_.leader_unplaced())
        refresh_at_ = std::min(refresh_at_, refreshed_at_ + options_.try_timeout);
    if (slot == no_slot) return;  // settled before, by another try or by its deadline

    Call& call = calls_[slot];
    if (!call.operation.fits(reply)) {
        ++bad_replies_;
        return;
    }
    if (Error* error = std::get_if<Error>(&reply.body)) {
        // Only the latest try's refusal counts: an earlier one was given up, and may have been applied for
        // all we know.
        if (call.outstanding && reply.head.id == call.id) refused(now, slot, std::move(*error));
        return;
    }
    // What a node without a leader tells is true, but little will come of asking it again.
    if (call.operation.is_watch() && !reply.head.header.leader)
        endpoints_.suspect(from, now + options_.try_timeout);
    calls_.remove(slot);
    if (call.internal) learn_members(now, std::get<std::vector<Member>>(reply.body));
    complete(slot, std::move(reply));
}

void Session::refused(Instant now, Slot slot, Error error) {
    Call& call = calls_[slot];
    calls_.remove(slot);
    call.outstanding = false;
    if (call.only) return fail(slot, std::move(error));
    if (!worth_another_try(error.code)) return fail(slot, failure_from_answer(call, error));

    if (error.code == Code::outcome_unknown) call.maybe_applied = true;
    // An overloaded node is not left for another: that one would only pass the request on to it.
    if (error.code == Code::unavailable) endpoints_.suspect(call.asked, now + options_.backoff_max);
    call.last_error = std::move(error);
    try_later(now, slot);
}

// The latest try is over without an answer.
void Session::unanswered(Slot slot) {
    Call& call = calls_[slot];
    call.outstanding = false;
    call.maybe_applied = true;
    if (call.only) {
        return fail(slot, {Code::connection, "the connection to " + endpoints_.url(call.only) +
                                                 " was lost before it answered; try again"});
    }
    try_again(slot);
}

void Session::try_again(Slot slot) {
    calls_.append(queued_, slot, calls_[slot].deadline);
}

void Session::try_later(Instant now, Slot slot) {
    const Call& call = calls_[slot];
    const unsigned doublings = std::min(call.tries - 1, backoff_doublings_max);
    const Duration longest = std::min(options_.backoff_min * (1 << doublings), options_.backoff_max);
    const auto half = static_cast<std::uint64_t>(longest.count() / 2);
    const Duration wait{static_cast<Duration::rep>(random_.between(half, 2 * half))};
    calls_.append(backoff_, slot, std::min(call.deadline, now + wait));
}

void Session::expire(Slot slot) {
    fail(slot, failure_at_deadline(calls_[slot], endpoints_));
}

// The call waits to be sent. Its time is up, or the time that it may wait for a connection.
void Session::give_up_or_wait(Instant now, CallList& list, Slot slot) {
    const Call& call = calls_[slot];
    const bool can_be_sent = call.only ? endpoints_.is_connected(call.only) : endpoints_.any_usable();
    if (call.deadline <= now || !can_be_sent) return expire(slot);
    calls_.append(list, slot, call.deadline);
}

void Session::tick(Instant now) {
    for (CallList* list : {&queued_, &held_}) {
        for (const Slot slot : calls_.take_due(*list, now))
            expire(slot);
    }
    for (const Slot slot : calls_.take_due(backoff_, now)) {
        if (calls_[slot].deadline <= now) {
            expire(slot);
        } else {
            try_again(slot);
        }
    }
    for (std::size_t number = 1; number <= lists_.size(); ++number)
        tick_sent(now, EndpointId{number});
    refresh_members(now);
}

void Session::tick_sent(Instant now, EndpointId endpoint) {
    for (const Slot slot : calls_.take_due(lists(endpoint).pinned, now))
        expire(slot);
    for (const Slot slot : calls_.take_due(lists(endpoint).sent, now)) {
        const bool out_of_time = calls_[slot].deadline <= now;
        // The deadline of a campaign says something about the node: it was told to answer before.
        if (!out_of_time || calls_[slot].operation.is_campaign())
            endpoints_.suspect(endpoint, now + options_.try_timeout);
        if (out_of_time) {
            expire(slot);
        } else {
            unanswered(slot);
        }
    }
}

Instant Session::deadline() const {
    if (!completions_.empty()) return Instant{};
    Instant earliest = std::min({queued_.earliest, held_.earliest, backoff_.earliest});
    for (const Lists& endpoint : lists_) {
        earliest = std::min({earliest, endpoint.pinned.earliest, endpoint.sent.earliest});
    }
    if (may_refresh()) earliest = std::min(earliest, refresh_at_);
    return earliest;
}

// What was sent there did nothing in our cluster.
void Session::drop_foreign(EndpointId endpoint) {
    for (const Slot slot : calls_.take_all(lists(endpoint).sent)) {
        if (calls_[slot].only) {
            calls_.append(lists(endpoint).sent, slot, calls_[slot].deadline);
        } else {
            calls_[slot].outstanding = false;
            try_again(slot);
        }
    }
    if (!endpoints_.all_foreign()) return;
    const Error error{Code::wrong_cluster, "no endpoint of one cluster is left: " + endpoints_.reasons()};
    for (CallList* list : {&queued_, &held_, &backoff_}) {
        for (const Slot slot : calls_.take_all(*list))
            fail(slot, failure_from_answer(calls_[slot], error));
    }
}

}  // namespace kvbus::client
